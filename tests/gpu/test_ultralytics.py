"""The checkpoint detector and the export to OpenVINO, on the CPU, in the environment of requirements/gpu.txt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.runtime.chunks import RememberingSink, chunk_work
from tests.runtime.footage import CAMPUS, asset
from tests.runtime.pictures import WOMAN_ON_THE_LAWN, frame_at, nearest
from workers.runtime.contract import DetectorKind
from workers.runtime.detectors import DetectorSettings, load_detector
from workers.runtime.model_export import pull_model
from workers.runtime.models import ModelEntry, ModelTask, read_manifest
from workers.runtime.pipeline import process_chunk

pytestmark = pytest.mark.gpu
REPOSITORY = Path(__file__).resolve().parents[2]
KINDS = [DetectorKind.OPENVINO, DetectorKind.ULTRALYTICS]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint pulled from this machine: exported, and both forms installed."""
    folder = tmp_path_factory.mktemp("models")
    pull_model(folder, asset("models/yolo11n_dequant.pt"), project=REPOSITORY)
    return folder


def test_a_pulled_checkpoint_is_listed_in_both_forms_with_its_classes(models: Path) -> None:
    installed = read_manifest(models).models
    assert sorted(entry.kind for entry in installed) == sorted(KINDS)
    assert all(entry.classes[:3] == ("person", "bicycle", "car") for entry in installed)


@pytest.mark.parametrize("kind", KINDS)
def test_both_forms_put_a_box_on_the_person(models: Path, kind: DetectorKind) -> None:
    detector = load_detector(DetectorSettings(models, kind=kind))
    distance, class_id = nearest(detector.submit(frame_at(65_000)).result(), WOMAN_ON_THE_LAWN)
    detector.close()
    assert distance < 0.03
    assert class_id == 0


def test_both_forms_find_the_same_objects(models: Path) -> None:
    found = []
    for kind in KINDS:
        detector = load_detector(DetectorSettings(models, kind=kind, min_confidence=0.5))
        found.append(detector.submit(frame_at(65_000)).result())
        detector.close()
    exported, checkpoint = (detections.boxes_xyxy[np.argsort(-detections.confidences)] for detections in found)
    assert len(exported) == len(checkpoint)
    assert np.abs(np.sort(exported, axis=0) - np.sort(checkpoint, axis=0)).max() < 8


def test_pictures_that_wait_become_one_batch_with_the_results_of_each_alone(models: Path) -> None:
    from workers.runtime.detectors.ultralytics import UltralyticsDetector

    detector = load_detector(DetectorSettings(models, kind=DetectorKind.ULTRALYTICS))
    images = [frame_at(10_000), frame_at(65_000), frame_at(65_000)[:300], frame_at(30_000)]
    alone = [detector.submit(image).result() for image in images]
    assert isinstance(detector, UltralyticsDetector)
    detector.batch = 4
    futures = [detector.submit(image) for image in images * 2]
    for future, expected in zip(futures, alone * 2, strict=True):
        found = future.result()
        assert found.class_ids.tolist() == expected.class_ids.tolist()
        assert np.allclose(found.boxes_xyxy, expected.boxes_xyxy, atol=0.5)
    detector.close()


def test_the_whole_pipeline_runs_with_the_checkpoint(models: Path, tmp_path: Path) -> None:
    detector = load_detector(DetectorSettings(models, kind=DetectorKind.ULTRALYTICS))
    work = chunk_work(CAMPUS, (0, 4_000, CAMPUS.duration_ms), 0, None)
    result = process_chunk(work, CAMPUS.path, detector, RememberingSink(), tmp_path)
    detector.close()
    assert (result.frames_analysed, result.frames_lost) == (20, 0)
    assert result.state["tracker"]["next_id"] > 3


def test_a_pose_checkpoint_puts_key_points_on_the_person() -> None:
    from workers.runtime.detectors.ultralytics import UltralyticsDetector

    checkpoint = asset("models/yolov8n-pose_dequant.pt")
    entry = ModelEntry(
        name="pose",
        kind=DetectorKind.ULTRALYTICS,
        weights=checkpoint.name,
        files={},
        task=ModelTask.POSE,
        classes=("person",),
        keypoints=17,
        input_size=(640, 640),
    )
    settings = DetectorSettings(checkpoint.parent, device="cpu", min_confidence=0.25)
    detector = UltralyticsDetector(checkpoint, entry=entry, settings=settings)
    found = detector.submit(frame_at(65_000)).result()
    detector.close()
    assert nearest(found, WOMAN_ON_THE_LAWN)[0] < 0.03
    assert found.keypoints is not None and found.keypoints.shape == (len(found), 17, 3)
