"""Every test here starts and kills real processes on the test's own database and folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from cameras.models import Camera
from tests.faults.running import Running, running
from tests.faults.worlds import make_watched_camera
from tests.runtime.footage import CAMPUS


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGE_RESERVE_BYTES = 0
    settings.CHUNK_SECONDS = 8
    return tmp_path / "media"


@pytest.fixture
def camera(transactional_db: None, media: Path) -> Camera:
    return make_watched_camera(CAMPUS, anything_counts=True)


@pytest.fixture
def platform(camera: Camera, tmp_path: Path) -> Iterator[Running]:
    """Without weights, so that the worker looks for motion: the same line, several times as fast."""
    with running(tmp_path, tmp_path / "models") as started:
        yield started
