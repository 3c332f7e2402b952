"""Masks are drawn like areas, told to workers apart from them, and no rule finds them."""

from __future__ import annotations

import pytest
from django.test import Client

from cameras.models import Zone
from rules.frozen import camera_config
from tests.pages.rows import camera_make, user_make

pytestmark = pytest.mark.django_db
POINTS = {"x": ["0", "50", "50"], "y": ["0", "0", "100"]}


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(user_make("mara", role="admin"))
    return client


@pytest.mark.parametrize("kind", ["include", "exclude"])
def test_a_mask_is_drawn_and_reaches_the_worker(boss: Client, kind: str) -> None:
    camera = camera_make("Gate")
    page = boss.get(f"/cameras/{camera.id}/zones/?new={kind}").content.decode()
    assert f'data-kind="{kind}"' in page
    boss.post(f"/cameras/{camera.id}/zones/", {"kind": kind, "name": "Tree", **POINTS})
    config = camera_config(camera).config
    assert [(mask.kind, len(mask.points)) for mask in config.masks] == [(kind, 3)]
    assert config.zones == ()


def test_a_camera_without_masks_tells_older_workers_nothing_of_them() -> None:
    assert "masks" not in camera_config(camera_make("Gate")).config.model_dump(mode="json")


def test_a_mask_whose_border_crosses_itself_is_refused(boss: Client) -> None:
    camera = camera_make("Gate")
    crossed = {"x": ["0", "50", "50", "0"], "y": ["0", "50", "0", "50"]}
    answer = boss.post(f"/cameras/{camera.id}/zones/", {"kind": "exclude", "name": "Tree", **crossed})
    assert answer.status_code == 422
    assert not Zone.objects.exists()


def test_masks_are_hatched_on_the_page_that_draws_them(boss: Client) -> None:
    camera = camera_make("Gate")
    camera.zones.create(name="Tree", kind="exclude", points=[[0, 0], [0.5, 0], [0.5, 1]])
    page = boss.get(f"/cameras/{camera.id}/zones/").content.decode()
    assert '<polygon class="zone-mask" fill="url(#hatch)"' in page
