"""The page on which an admin changes one camera."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cameras.models import Camera, CameraGroup, Site
from cameras.selectors import CameraPermission
from tests.api.clients import make_rule
from tests.cameras.world import grant, make_camera, make_user
from vms.accounts.choices import Role

pytestmark = pytest.mark.django_db
STORED = "rtsp://guard:hunter2@10.0.0.5/x"


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(make_user("ada", role=Role.ADMIN))
    return client


@pytest.fixture
def gate() -> Camera:
    camera = make_camera("Gate", source_kind="rtsp")
    camera.url = STORED
    camera.save()
    return camera


def filled(camera: Camera, **more: Any) -> dict[str, Any]:
    return {
        "name": camera.name, "site": camera.site_id, "detect_fps": camera.detect_fps, "priority": camera.priority,
        "enabled": "on", "rules": [rule.id for rule in camera.rules.all()],
        "groups": [group.id for group in camera.groups.all()], **more,
    }  # fmt: skip


def change(client: Client, camera: Camera, **more: Any) -> Camera:
    answer = client.post(f"/cameras/{camera.id}/change/", filled(camera, **more))
    assert answer.status_code == 302, answer.content.decode()
    return Camera.objects.get(id=camera.id)


def test_name_place_rate_rules_and_groups_are_changed_at_once(boss: Client, gate: Camera) -> None:
    old, new = make_rule(gate), make_rule(make_camera("Quay"), name="Runner")
    outdoor = CameraGroup.objects.create(name="Outdoor")
    depot = Site.objects.create(name="Depot")
    values = {"name": "Gate north", "site": depot.id, "detect_fps": 2, "priority": "high"}
    changed = change(boss, gate, **values, rules=[new.id], groups=[outdoor.id])
    assert (changed.name, changed.site, changed.detect_fps, changed.priority) == ("Gate north", depot, 2, "high")
    assert list(changed.rules.all()) == [new] and list(changed.groups.all()) == [outdoor]
    assert old.cameras.count() == 0 and changed.url == STORED


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ({}, STORED),
        ({"url": "rtsp://10.0.0.5/x"}, STORED),
        ({"user": "guard", "password": "new/one"}, "rtsp://guard:new%2Fone@10.0.0.5/x"),
        ({"url": "http://10.0.0.6/mjpeg"}, "http://10.0.0.6/mjpeg"),
    ],
)
def test_an_address_is_kept_until_another_or_another_login_is_written(
    written: dict[str, str], stored: str, boss: Client, gate: Camera
) -> None:
    changed = change(boss, gate, **written)
    assert changed.url == stored and changed.source_kind == stored.partition(":")[0]


def test_a_second_stream_is_set_and_given_up_again(boss: Client, gate: Camera) -> None:
    assert change(boss, gate, clip_url="rtsp://10.0.0.5/large").clip_url == "rtsp://10.0.0.5/large"
    assert change(boss, gate, one_stream="on").clip_url == ""


def test_what_does_not_fit_is_told_beside_its_field_and_no_secret_comes_back(boss: Client, gate: Camera) -> None:
    secret = {"url": "rtsp://ann:swordfish@/", "password": "swordfish"}
    answer = boss.post(f"/cameras/{gate.id}/change/", filled(gate, name="Quay west", priority="high", **secret))
    page = answer.content.decode()
    assert answer.status_code == 422 and "must start with rtsp:// and name a host" in page
    assert 'value="Quay west"' in page and "swordfish" not in page and "hunter2" not in page
    assert Camera.objects.get(id=gate.id).name == "Gate"


def test_a_camera_that_nothing_came_from_is_deleted(boss: Client, gate: Camera) -> None:
    assert boss.post(f"/cameras/{gate.id}/delete").status_code == 302
    assert not Camera.objects.exists()


def test_only_admins_change_a_camera(gate: Camera) -> None:
    olga, client = make_user("olga", role=Role.SUPERVISOR), Client()
    client.force_login(olga)
    assert client.get(f"/cameras/{gate.id}/change/").status_code == 404
    grant(olga, gate, CameraPermission.VIEW)
    assert client.get(f"/cameras/{gate.id}/change/").status_code == 403
    assert client.post(f"/cameras/{gate.id}/delete").status_code == 403
    assert f"/cameras/{gate.id}/change/" not in client.get(f"/cameras/{gate.id}/").content.decode()


def test_a_camera_for_uploads_only_is_added_by_name(boss: Client, gate: Camera) -> None:
    values = {"name": "Dashcam", "site": gate.site_id}
    assert boss.post("/cameras/new/uploads/", values).status_code == 302
    assert Camera.objects.get(name="Dashcam").source_kind == "upload"
    assert boss.post("/cameras/new/uploads/", values).status_code == 422


def test_a_camera_that_gets_another_name_is_spoken_of_by_it(boss: Client, gate: Camera) -> None:
    page = boss.post(f"/cameras/{gate.id}/change/", filled(gate, name="North gate"), follow=True)
    assert "Camera North gate is changed." in page.content.decode()
