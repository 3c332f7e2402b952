"""The models folder: what is installed, checked and fetched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.runtime.footage import asset
from workers.runtime.contract import DetectorKind
from workers.runtime.detectors import DetectorSettings, load_detector
from workers.runtime.model_export import pull_model
from workers.runtime.models import ModelError, ModelTask, read_manifest

MODEL = "models/yolo11n_int8_openvino_model"
POSE = "models/yolov8n-pose_int8_openvino_model"
PPE = "models/ppe_yolov8n_int8_fixed.onnx"


def test_pulling_from_a_folder_lists_classes_size_licence_and_every_file(installed_models: Path) -> None:
    (entry,) = read_manifest(installed_models).models

    assert (entry.name, entry.kind, entry.input_size) == ("yolo11n", DetectorKind.OPENVINO, (640, 640))
    assert len(entry.classes) == 80
    assert "AGPL-3.0" in entry.licence
    assert {Path(name).suffix for name in entry.files} == {".xml", ".bin", ".yaml"}


def test_pulling_again_replaces_the_model(tmp_path: Path) -> None:
    for _ in range(2):
        pull_model(tmp_path, asset(MODEL), project=tmp_path)

    assert len(read_manifest(tmp_path).models) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "yolo11n_openvino"]


def test_changed_weights_are_not_loaded(installed_models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    shutil.copytree(installed_models, folder)
    weights = folder / "yolo11n_openvino" / "yolo11n.bin"
    data = bytearray(weights.read_bytes())
    data[1_000] ^= 1
    weights.write_bytes(data)

    with pytest.raises(ModelError, match="not the one that was installed"):
        load_detector(DetectorSettings(folder))


def test_weights_that_lie_beside_the_manifest_without_being_listed_are_not_loaded(tmp_path: Path) -> None:
    shutil.copy(asset("models/yolo11n_dequant.pt"), tmp_path / "yolo11n.pt")

    assert load_detector(DetectorSettings(tmp_path, kind=DetectorKind.ULTRALYTICS)).kind is DetectorKind.MOTION


def test_a_manifest_cannot_name_files_outside_its_folder(installed_models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    shutil.copytree(installed_models, folder)
    (folder / "yolo11n_openvino").rename(tmp_path / "elsewhere")
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("yolo11n_openvino/", "../elsewhere/"))

    with pytest.raises(ModelError):
        load_detector(DetectorSettings(folder))


@pytest.mark.parametrize("source", ["missing.pt", "folder", "notes.txt"])
def test_a_source_that_is_no_model_leaves_nothing(source: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("nothing")
    folder = tmp_path / "models"

    with pytest.raises(ModelError, match=r"\.$"):
        pull_model(folder, tmp_path / source, project=tmp_path)
    assert not folder.exists()


def test_without_models_motion_is_found(tmp_path: Path) -> None:
    detector = load_detector(DetectorSettings(tmp_path))

    assert (detector.kind, detector.class_names) == (DetectorKind.MOTION, ("motion",))


def test_a_model_asked_for_by_name_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not installed"):
        load_detector(DetectorSettings(tmp_path, model="yolo11x"))


def test_a_pose_model_is_listed_with_its_key_points(tmp_path: Path) -> None:
    (entry,) = pull_model(tmp_path, asset(POSE), project=tmp_path, task=ModelTask.POSE)

    assert (entry.task, entry.keypoints, entry.classes) == (ModelTask.POSE, 17, ("person",))


def test_an_onnx_model_says_itself_what_it_finds(tmp_path: Path) -> None:
    (entry,) = pull_model(tmp_path, asset(PPE), project=tmp_path, task=ModelTask.PPE)

    assert (entry.task, entry.kind, entry.input_size) == (ModelTask.PPE, DetectorKind.OPENVINO, (320, 320))
    assert {"Hardhat", "NO-Hardhat", "Safety Vest"} <= set(entry.classes)
    assert "AGPL-3.0" in entry.licence


@pytest.mark.parametrize(("source", "task"), [(POSE, ModelTask.DETECT), (MODEL, ModelTask.POSE)])
def test_a_model_is_installed_only_for_what_it_does(source: str, task: ModelTask, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be installed for the task"):
        pull_model(tmp_path / "models", asset(source), project=tmp_path, task=task)
    assert not (tmp_path / "models").exists()


def test_a_model_for_protective_equipment_has_no_official_source(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="--from"):
        pull_model(tmp_path, None, project=tmp_path, task=ModelTask.PPE)


def test_a_further_model_is_not_taken_for_the_detector(tmp_path: Path) -> None:
    pull_model(tmp_path, asset(POSE), project=tmp_path, task=ModelTask.POSE)

    assert load_detector(DetectorSettings(tmp_path)).kind is DetectorKind.MOTION


def test_a_list_of_an_earlier_release_holds_detectors(installed_models: Path, tmp_path: Path) -> None:
    text = (installed_models / "manifest.json").read_text()
    old = "".join(line for line in text.splitlines(True) if '"task"' not in line and '"keypoints"' not in line)
    (tmp_path / "manifest.json").write_text(old)

    assert [entry.task for entry in read_manifest(tmp_path).models] == [ModelTask.DETECT]
