"""The real model, installed as an administrator would, loaded once for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.footage import asset
from workers.runtime.closeups.models import CloseupModels
from workers.runtime.detectors import Detector, DetectorSettings, load_detector
from workers.runtime.model_install import install_onnx, install_openvino
from workers.runtime.models import ModelTask


@pytest.fixture(scope="session")
def installed_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    install_openvino(folder, asset("models/yolo11n_int8_openvino_model"), origin="test assets")
    return folder


@pytest.fixture(scope="session")
def further_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloseupModels]:
    """Those for poses and for protective equipment."""
    folder = tmp_path_factory.mktemp("further-models")
    pose, ppe = asset("models/yolov8n-pose_int8_openvino_model"), asset("models/ppe_yolov8n_int8_fixed.onnx")
    install_openvino(folder, pose, origin="test assets", task=ModelTask.POSE)
    install_onnx(folder, ppe, origin="test assets", task=ModelTask.PPE)
    models = CloseupModels(DetectorSettings(folder))
    yield models
    models.close()


@pytest.fixture(scope="session")
def detector(installed_models: Path) -> Iterator[Detector]:
    loaded = load_detector(DetectorSettings(installed_models))
    yield loaded
    loaded.close()
