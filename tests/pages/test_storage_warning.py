"""A storage that runs full is told to those who can do something, before it refuses uploads."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.pages.rows import user_make

pytestmark = pytest.mark.django_db
SENTENCE = "The storage is nearly full"


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def page_of(role: str, path: str = "/events/") -> str:
    client = Client()
    client.force_login(user_make("somebody", role=role))
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(("role", "told"), [("admin", True), ("supervisor", True), ("viewer", False)])
def test_little_room_is_told_on_pages_to_those_who_can_act(settings: Settings, role: str, told: bool) -> None:
    settings.STORAGE_RESERVE_BYTES = shutil.disk_usage(settings.MEDIA_ROOT).free // 2
    assert (SENTENCE in page_of(role)) is told


def test_nothing_is_told_where_there_is_room(settings: Settings) -> None:
    settings.STORAGE_RESERVE_BYTES = 1
    assert SENTENCE not in page_of("admin")


@pytest.mark.parametrize(("reserve_share", "state"), [(0.0, "Room enough"), (0.5, "Nearly full"), (2.0, "</svg>Full")])
def test_the_health_page_says_how_the_storage_stands(settings: Settings, reserve_share: float, state: str) -> None:
    settings.STORAGE_RESERVE_BYTES = int(shutil.disk_usage(settings.MEDIA_ROOT).free * reserve_share)
    page = page_of("viewer", "/health/")
    assert "<h2>Storage</h2>" in page
    assert state in page.partition("<h2>Storage</h2>")[2]
