"""The further models of a host: loaded when needed, shared, and left out where they cannot be used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests.engine.recorded import pictures
from tests.runtime.footage import asset
from tests.runtime.pictures import WOMAN_ON_THE_LAWN, frame_at
from workers.runtime.closeups.crops import crop
from workers.runtime.closeups.models import CloseupModels
from workers.runtime.contract import DetectorKind, Priority
from workers.runtime.detectors import DetectorSettings, load_model
from workers.runtime.model_export import pull_model
from workers.runtime.model_install import install_onnx
from workers.runtime.models import ModelTask, read_manifest

POSE = "models/yolov8n-pose_int8_openvino_model"
BOX = tuple(edge * side for edge, side in zip(WOMAN_ON_THE_LAWN, (768, 576, 768, 576), strict=True))
ANKLES, NOSE = (15, 16), 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pull_model(tmp_path, asset(POSE), project=tmp_path, task=ModelTask.POSE)
    return tmp_path


def test_a_model_with_changed_weights_is_left_out_and_nothing_else_happens(folder: Path) -> None:
    weights = folder / "yolov8n-pose_openvino" / "yolov8n-pose.bin"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    models = CloseupModels(DetectorSettings(folder))
    assert models.names == {"pose"}
    assert models.load(["pose"]) == {}
    assert models.names == frozenset()
    assert models.broken["pose"].startswith("The file yolov8n-pose_openvino/yolov8n-pose.bin of the model")


def test_a_host_that_finds_motion_only_has_nobody_to_look_at(folder: Path) -> None:
    assert CloseupModels(DetectorSettings(folder, kind=DetectorKind.MOTION)).names == frozenset()


def test_a_damaged_list_of_models_ends_no_worker(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    models = CloseupModels(DetectorSettings(tmp_path))
    assert models.names == frozenset()
    assert set(models.broken) == {"pose", "ppe"}


@pytest.mark.slow
def test_crops_of_several_cameras_are_answered_as_alone(further_models: CloseupModels) -> None:
    (model,) = further_models.load(["pose"]).values()
    image = frame_at(65_000)
    piece = crop(image, BOX, 256)
    (alone,) = model.look_alone([piece])
    lanes = [model.open_lane(priority) for priority in (Priority.LOW, Priority.HIGH)]
    with ThreadPoolExecutor() as cameras:
        answers = list(cameras.map(lambda lane: lane.look([piece])[0], lanes))
    for found in (alone, *answers):
        assert found.keypoints is not None
        body = found.keypoints[found.confidences.argmax()]
        left, top, right, bottom = BOX
        assert np.all((body[:, 0] > left - 20) & (body[:, 0] < right + 20))
        assert abs(body[NOSE, 1] - top) < 30
        assert np.abs(body[list(ANKLES), 1] - bottom).max() < 30


@pytest.mark.slow
def test_a_model_for_equipment_finds_the_same_however_often_it_is_loaded(tmp_path: Path) -> None:
    """What several streams share made of eight loads eight models."""
    install_onnx(tmp_path, asset("models/ppe_yolov8n_int8_fixed.onnx"), origin="test assets", task=ModelTask.PPE)
    settings = DetectorSettings(tmp_path, min_confidence=0.2)
    (entry,) = read_manifest(tmp_path).models
    _, picture = next(islice(pictures(asset("videos/felix_ppe.mp4"), 5), 10, None))
    found = []
    for _ in range(5):
        detector = load_model(entry, settings)
        found.append(detector.submit(picture).result().confidences.tolist())
        detector.close()
    assert found[0]
    assert found == [found[0]] * 5
