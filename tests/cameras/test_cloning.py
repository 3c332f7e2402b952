"""A cloned camera has the settings of the other, by choice its zones, rules and people, and never its address."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from guardian.shortcuts import assign_perm

from cameras.models import Camera, Zone
from cameras.selectors import CameraPermission, cameras_visible_to
from cameras.services.cloning import CloneParts, camera_clone
from tests.api.clients import client_of, make_rule
from tests.cameras.world import grant, make_camera, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ForbiddenError, InvalidError

pytestmark = pytest.mark.django_db
SECRET = "rtsp://guard:hunter2@10.0.0.5/x"


@pytest.fixture
def admin() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def gate(admin: User) -> Camera:
    camera = make_camera("Gate", source_kind="rtsp", detect_fps=2, priority="high")
    camera.url = SECRET
    camera.save()
    Zone.objects.create(camera=camera, name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]])
    make_rule(camera)
    return camera


def test_settings_zones_rules_and_people_come_along(admin: User, gate: Camera) -> None:
    person, group = make_user("olga"), Group.objects.create(name="night shift")
    grant(person, gate, CameraPermission.VIEW)
    assign_perm("view_camera", group, gate)
    made = camera_clone(user=admin, camera=gate, name="Quay", url="http://10.0.0.6/mjpeg")

    assert (made.source_kind, made.detect_fps, made.priority) == ("http", 2, "high")
    assert [zone.name for zone in made.zones.all()] == ["Yard"]
    assert list(made.rules.all()) == list(gate.rules.all())
    assert list(cameras_visible_to(person)) == [gate, made]
    member = make_user("max")
    member.groups.add(group)
    assert list(cameras_visible_to(member)) == [gate, made]
    assert AuditEntry.objects.get(action="camera.cloned").detail["source"] == gate.id


def test_nothing_of_the_other_address_is_copied(admin: User, gate: Camera) -> None:
    made = camera_clone(user=admin, camera=gate, name="Quay")

    assert (made.url, made.clip_url, made.source_kind) == ("", "", "upload")


def test_what_is_not_wanted_stays_behind(admin: User, gate: Camera) -> None:
    person = make_user("olga")
    grant(person, gate)
    made = camera_clone(user=admin, camera=gate, name="Quay", parts=CloneParts(False, False, False))

    assert (made.zones.count(), made.rules.count(), list(cameras_visible_to(person))) == (0, 0, [gate])


@pytest.mark.parametrize(("name", "url"), [("Gate", ""), ("", ""), ("Quay", "file:///etc/passwd")])
def test_nothing_is_left_of_a_clone_that_does_not_fit(admin: User, gate: Camera, name: str, url: str) -> None:
    with pytest.raises(InvalidError):
        camera_clone(user=admin, camera=gate, name=name, url=url)

    assert Camera.objects.count() == 1


def test_only_admins_clone(gate: Camera) -> None:
    supervisor = make_user("sue", role=Role.SUPERVISOR)
    grant(supervisor, gate)
    with pytest.raises(ForbiddenError):
        camera_clone(user=supervisor, camera=gate, name="Quay")
    assert client_of(supervisor).post(f"/api/v1/cameras/{gate.id}/clone", {"name": "Quay"}).status_code == 403


def test_a_camera_is_cloned_on_its_page_and_over_the_api(admin: User, gate: Camera, client: Client) -> None:
    client.force_login(admin)
    assert SECRET not in client.get(f"/cameras/{gate.id}/clone/").content.decode()
    values = {
        "name": "Quay",
        "site": gate.site_id,
        "url": "rtsp://10.0.0.7/x",
        "user": "u",
        "password": "p w",
        "zones": "on",
    }
    answer = client.post(f"/cameras/{gate.id}/clone/", values)
    made = Camera.objects.get(name="Quay")
    assert answer.status_code == 302 and answer["Location"] == f"/cameras/{made.id}/"
    assert (made.url, made.zones.count(), made.rules.count()) == ("rtsp://u:p%20w@10.0.0.7/x", 1, 0)

    over_api = client_of(admin).post(
        f"/api/v1/cameras/{gate.id}/clone", {"name": "Dock", "rules": False}, format="json"
    )
    assert over_api.status_code == 201
    assert Camera.objects.get(id=over_api.json()["id"]).rules.count() == 0


def test_a_refused_clone_says_why(admin: User, gate: Camera, client: Client) -> None:
    client.force_login(admin)
    page = client.post(f"/cameras/{gate.id}/clone/", {"name": "Gate", "site": gate.site_id})

    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
