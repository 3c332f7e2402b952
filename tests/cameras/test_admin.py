"""Cameras in the admin go the way of every other change: checked, recorded, told to open pages."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from cameras.models import Camera, Zone
from tests.cameras.world import make_camera, make_user
from vms.accounts.choices import Role
from vms.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
ADDRESS = "rtsp://root:hunter2@10.0.0.5/live"
YARD = {"zones-0-name": "Yard", "zones-0-kind": "polygon", "zones-0-points": "[[0, 0], [1, 0], [1, 1]]"}


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(make_user("boss", role=Role.ADMIN))
    return client


def form(camera: Camera, **values: Any) -> dict[str, Any]:
    given = {"site": camera.site_id, "name": "Dock", "source_kind": "rtsp", "detect_fps": 5, "priority": "high"}
    given |= {"new_url": ADDRESS}
    return {**given, "zones-TOTAL_FORMS": 0, "zones-INITIAL_FORMS": 0, **values}


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_a_camera_and_its_zone_are_made_and_recorded(boss: Client) -> None:
    values = form(make_camera("Gate"), **{"zones-TOTAL_FORMS": 1}, **YARD)
    assert boss.post(reverse("admin:cameras_camera_add"), values).status_code == 302
    camera = Camera.objects.get(name="Dock")
    assert (camera.url, camera.enabled, [zone.name for zone in camera.zones.all()]) == (ADDRESS, False, ["Yard"])
    assert actions() == ["camera.created", "zone.created"]


def test_nothing_is_stored_of_a_camera_whose_zone_is_none(boss: Client) -> None:
    values = form(make_camera("Gate"), **{"zones-TOTAL_FORMS": 1}, **YARD | {"zones-0-points": "[[0, 0]]"})
    assert boss.post(reverse("admin:cameras_camera_add"), values).status_code == 200
    assert not Camera.objects.filter(name="Dock").exists()
    assert actions() == []


def test_changes_of_a_camera_and_its_zones_are_recorded(boss: Client) -> None:
    camera = make_camera("Gate")
    zone = Zone.objects.create(camera=camera, name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]])
    values = form(camera, **{"zones-TOTAL_FORMS": 1, "zones-INITIAL_FORMS": 1, "zones-0-id": zone.id}, **YARD)
    values |= {"zones-0-camera": camera.id, "zones-0-name": "Court"}
    address = reverse("admin:cameras_camera_change", args=[camera.id])
    assert boss.post(address, values).status_code == 302
    assert boss.post(address, values | {"new_url": "", "zones-0-DELETE": "on"}).status_code == 302
    camera.refresh_from_db()
    assert (camera.name, camera.url, camera.zones.count()) == ("Dock", ADDRESS, 0)
    assert actions() == ["camera.changed", "zone.changed", "camera.changed", "zone.deleted"]


@pytest.mark.parametrize("url", ["", "http://10.0.0.5/live", "rtsp://"])
def test_a_stream_without_an_address_of_its_kind_is_refused_in_words(boss: Client, url: str) -> None:
    answer = boss.post(reverse("admin:cameras_camera_add"), form(make_camera("Gate"), new_url=url))
    assert "must start with rtsp:// and name a host" in answer.content.decode()
    assert not Camera.objects.filter(name="Dock").exists()


def test_a_camera_deleted_in_the_admin_is_recorded(boss: Client) -> None:
    camera = make_camera("Gate")
    assert boss.post(reverse("admin:cameras_camera_delete", args=[camera.id]), {"post": "yes"}).status_code == 302
    assert actions() == ["camera.deleted"]


@pytest.mark.parametrize("kind", ["user", "group"])
def test_permissions_given_in_the_admin_are_recorded_and_told_to_open_pages(
    boss: Client, kind: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    camera, olga, guards = make_camera("Gate"), make_user("olga"), Group.objects.create(name="Guards")
    olga.groups.add(guards)
    address = reverse(
        f"admin:cameras_camera_permissions_manage_{kind}", args=[camera.id, olga.id if kind == "user" else guards.id]
    )
    with patch("cameras.services.cameras.push") as push, django_capture_on_commit_callbacks(execute=True):
        assert boss.post(address, {"permissions": ["view_camera"]}).status_code == 302
    assert [call.args[0] for call in push.call_args_list] == [f"user.{olga.id}"]
    assert push.call_args.args[1]["kind"] == "access.changed"
    assert actions() == ["camera.access_set"]


def test_the_page_of_a_camera_shows_the_hosts_of_its_streams_and_nothing_else_of_them(boss: Client) -> None:
    camera = make_camera("Gate", source_kind="rtsp")
    camera.url, camera.clip_url = ADDRESS, "rtsp://root:hunter2@10.0.0.6/hd"
    camera.save()
    page = boss.get(reverse("admin:cameras_camera_change", args=[camera.id])).content.decode()
    assert "set, host 10.0.0.5" in page and "set, host 10.0.0.6" in page
    assert "hunter2" not in page and "/live" not in page and "/hd" not in page


def test_the_stream_for_clips_is_kept_replaced_and_taken_away(boss: Client) -> None:
    camera = make_camera("Gate")
    address = reverse("admin:cameras_camera_change", args=[camera.id])
    stored = []
    for more in ({"new_clip_url": "http://10.0.0.6/hd"}, {}, {"no_clip_url": "on"}):
        assert boss.post(address, form(camera, **more)).status_code == 302
        stored.append(Camera.objects.get(id=camera.id).clip_url)
    assert stored == ["http://10.0.0.6/hd", "http://10.0.0.6/hd", ""]


def test_a_stream_for_clips_that_is_none_is_refused(boss: Client) -> None:
    answer = boss.post(
        reverse("admin:cameras_camera_add"), form(make_camera("Gate"), new_clip_url="file:///etc/passwd")
    )
    assert answer.status_code == 200
    assert not Camera.objects.filter(name="Dock").exists()
