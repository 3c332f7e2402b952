"""Supervisors see the policies that are about none but their cameras, and change none."""

from __future__ import annotations

import pytest
from django.test import Client

from alerts.choices import PolicyAbout
from alerts.models import AlertPolicy
from alerts.selectors import policies_visible_to
from cameras.models import Camera, CameraGroup
from tests.alerts.scenes import grant, make_camera, make_policy, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> Camera:
    return make_camera("Gate")


@pytest.fixture
def supervisor(gate: Camera) -> User:
    supervisor = make_user("sam", role=Role.SUPERVISOR)
    grant(supervisor, gate)
    return supervisor


def make_scoped(name: str, **places: list[object]) -> AlertPolicy:
    policy = make_policy(name=name)
    for place, chosen in places.items():
        getattr(policy, place).set(chosen)
    return policy


def names(user: User) -> set[str]:
    return set(policies_visible_to(user).values_list("name", flat=True))


def test_a_supervisor_sees_policies_of_their_cameras_sites_and_groups(gate: Camera, supervisor: User) -> None:
    group = CameraGroup.objects.create(name="Doors")
    group.cameras.set([gate])
    make_scoped("Camera", cameras=[gate])
    make_scoped("Site", sites=[gate.site])
    make_scoped("Group", camera_groups=[group])
    assert names(supervisor) >= {"Camera", "Site", "Group"}


def test_a_policy_that_is_about_another_camera_too_is_not_theirs(gate: Camera, supervisor: User) -> None:
    vault = make_camera("Vault")
    group = CameraGroup.objects.create(name="Doors")
    group.cameras.set([gate, vault])
    make_scoped("Everywhere")
    make_scoped("Both", cameras=[gate, vault])
    make_scoped("Site", sites=[gate.site])
    make_scoped("Group", camera_groups=[group])
    make_scoped("Own and site", cameras=[gate], sites=[vault.site])
    AlertPolicy.objects.filter(about=PolicyAbout.SYSTEM).update(name="Platform")
    assert names(supervisor) == set()


def test_one_who_sees_all_cameras_sees_the_policies_about_all(gate: Camera, supervisor: User) -> None:
    make_scoped("Everywhere")
    assert names(supervisor) == {"Everywhere"}


def test_a_viewer_sees_none(gate: Camera, client: Client) -> None:
    viewer = make_user("vera")
    grant(viewer, gate)
    make_scoped("Camera", cameras=[gate])
    assert names(viewer) == set()
    client.force_login(viewer)
    assert client.get("/alerts/policies/").status_code == 403


def test_a_supervisor_reads_and_changes_nothing(gate: Camera, supervisor: User, client: Client) -> None:
    policy = make_scoped("Night watch", cameras=[gate])
    client.force_login(supervisor)
    page, address = client.get("/alerts/policies/").content.decode(), f"/alerts/policies/{policy.id}/"
    assert "Night watch" in page and address not in page and "/alerts/policies/add" not in page
    assert client.get("/alerts/policies/add").status_code == 403
    assert client.get(address).status_code == 403
    assert client.post(f"{address}delete").status_code == 403
    script = f"/api/v1/alert-policies/{policy.id}"
    assert client.get(script).json()["name"] == "Night watch"
    assert client.patch(script, {"enabled": False}, content_type="application/json").status_code == 403
    assert client.delete(script).status_code == 403
