"""A media folder of its own for each test, and one web process for all that send something to a real one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker, Settings

from tests.cameras.uploading import LIMITS, Site
from tests.cameras.web_server import WebServer, web_server
from tests.cameras.world import grant, make_camera, make_user


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGE_RESERVE_BYTES = 0
    return tmp_path / "media"


@dataclass(frozen=True, slots=True)
class RunningWeb:
    server: WebServer
    media: Path


@pytest.fixture(scope="session")
def web(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningWeb]:
    folder = tmp_path_factory.mktemp("web") / "media"
    with django_db_blocker.unblock(), web_server({**LIMITS, "VMS_MEDIA_DIR": str(folder)}) as server:
        yield RunningWeb(server, folder)


@pytest.fixture
def site(transactional_db: None, media: Path, web: RunningWeb, settings: Settings) -> Iterator[Site]:
    """The media folder is the running process's own, emptied after each test."""
    settings.MEDIA_ROOT = web.media
    camera, uploader = make_camera("Gate"), make_user("uwe")
    grant(uploader, camera)
    yield Site(web.server, camera, uploader)
    for path in web.media.iterdir():
        shutil.rmtree(path)
    (web.media / "incoming").mkdir()
