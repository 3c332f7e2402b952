"""The real model, installed as an administrator would, loaded once for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.footage import asset
from workers.runtime.detectors import Detector, DetectorSettings, load_detector
from workers.runtime.models import install_openvino


@pytest.fixture(scope="session")
def installed_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    install_openvino(folder, asset("models/yolo11n_int8_openvino_model"), origin="test assets")
    return folder


@pytest.fixture(scope="session")
def detector(installed_models: Path) -> Iterator[Detector]:
    loaded = load_detector(DetectorSettings(installed_models))
    yield loaded
    loaded.close()
