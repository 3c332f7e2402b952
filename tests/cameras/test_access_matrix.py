"""The matrix of users and cameras."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm

from cameras.models import Camera, CameraGroup
from cameras.selectors import CameraPermission, cameras_seen_by, cameras_visible_to, users_seeing
from tests.pages.rows import camera_make, user_make
from vms.accounts.models import User
from vms.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(user_make("mara", role="admin"))
    return client


def cell(person: User, camera: Camera, permission: str = "view_camera") -> str:
    return f"{person.id}.{camera.id}.{permission}"


def seen(person: User, permission: CameraPermission = CameraPermission.VIEW) -> set[str]:
    return set(cameras_visible_to(person, permission).values_list("name", flat=True))


def test_a_tick_grants_and_a_tick_taken_away_revokes(boss: Client) -> None:
    gate, yard = camera_make("Gate"), camera_make("Yard")
    guard = user_make("guard", gate)
    boss.post("/users/access/", {"do": "save", "granted": cell(guard, gate), "cell": [cell(guard, yard)]})
    assert seen(guard) == {"Yard"}
    entry = AuditEntry.objects.get(action="camera.access")
    assert entry.detail["granted"] == {"view_camera": [yard.id]}
    assert entry.detail["revoked"]["view_camera"] == [gate.id]


def test_who_may_review_sees_too_and_who_sees_no_more_may_do_nothing(boss: Client) -> None:
    gate = camera_make("Gate")
    guard = user_make("guard")
    path = f"/users/{guard.id}/access/"
    boss.post(path, {"do": "save", "granted": "", "cell": [cell(guard, gate, "review_camera")]})
    assert seen(guard) == seen(guard, CameraPermission.REVIEW) == {"Gate"}
    boss.post(path, {"do": "save", "granted": cell(guard, gate)})
    assert seen(guard) == seen(guard, CameraPermission.REVIEW) == set()


def test_an_older_page_undoes_no_newer_grant(boss: Client) -> None:
    gate, yard = camera_make("Gate"), camera_make("Yard")
    guard = user_make("guard", gate)
    boss.post("/users/access/", {"do": "save", "granted": "", "cell": [cell(guard, yard)]})
    assert seen(guard) == {"Gate", "Yard"}


def test_all_that_a_search_finds_is_granted_at_once(boss: Client) -> None:
    for number in range(60):
        camera_make(f"Quay {number}")
    camera_make("Vault")
    guard = user_make("guard")
    column = f"{guard.id}.view_camera"
    boss.post("/users/access/?q=quay", {"do": "grant", "column": column})
    assert len(seen(guard)) == 60
    boss.post("/users/access/?q=quay 1", {"do": "take", "column": column})
    assert seen(guard) == {f"Quay {number}" for number in range(60) if "1" not in str(number)}


def test_what_a_group_grants_is_marked_and_stays(boss: Client) -> None:
    gate = camera_make("Gate")
    guard = user_make("guard", gate, permissions=("view_camera",))
    group = Group.objects.create(name="Night shift")
    guard.groups.add(group)
    assign_perm("view_camera", group, gate)
    assert "the group Night shift" in boss.get("/users/access/").content.decode()
    boss.post("/users/access/", {"do": "save", "granted": cell(guard, gate)})
    assert seen(guard) == {"Gate"}


def group_cell(person: User, group: CameraGroup, permission: str = "view_camera") -> str:
    return f"{person.id}.g{group.id}.{permission}"


def group_of(*cameras: Camera) -> CameraGroup:
    group = CameraGroup.objects.create(name="Entrances")
    group.cameras.set(cameras)
    return group


def test_what_is_granted_on_a_group_holds_for_whatever_cameras_are_in_it(boss: Client) -> None:
    gate, yard = camera_make("Gate"), camera_make("Yard")
    guard, group = user_make("guard"), group_of(gate)
    boss.post("/users/access/", {"do": "save", "granted": "", "cell": [group_cell(guard, group)]})
    assert seen(guard) == {"Gate"}
    group.cameras.set([yard])
    assert seen(guard) == {"Yard"}
    assert AuditEntry.objects.get(action="camera_group.access").detail["granted"] == {"view_camera": [group.id]}


def test_who_sees_by_a_group_is_known_in_each_direction(boss: Client) -> None:
    gate, guard = camera_make("Gate"), user_make("guard")
    group = group_of(gate)
    boss.post("/users/access/", {"do": "save", "granted": "", "cell": [group_cell(guard, group)]})
    assert guard in users_seeing(gate)
    assert cameras_seen_by([guard]) == {guard.id: {gate.id}}


def test_a_group_that_is_no_longer_ticked_shows_nothing_more(boss: Client) -> None:
    guard, group = user_make("guard"), group_of(camera_make("Gate"))
    path = f"/users/{guard.id}/access/"
    boss.post(path, {"do": "save", "granted": "", "cell": [group_cell(guard, group, "review_camera")]})
    assert seen(guard) == seen(guard, CameraPermission.REVIEW) == {"Gate"}
    boss.post(path, {"do": "save", "granted": group_cell(guard, group)})
    assert seen(guard) == seen(guard, CameraPermission.REVIEW) == set()


def test_a_grant_of_a_group_is_shown_at_the_group_and_at_its_cameras(boss: Client) -> None:
    guard, group = user_make("guard"), group_of(camera_make("Gate"))
    boss.post("/users/access/", {"do": "save", "granted": "", "cell": [group_cell(guard, group)]})
    page = boss.get("/users/access/").content.decode()
    assert f'value="{group_cell(guard, group)}" checked' in page
    assert "the group Entrances" in page


@pytest.mark.parametrize(
    "key", ["x.1.view_camera", "1.1", "{guard}.g0.view_camera", "{admin}.{camera}.view_camera", "{guard}.{camera}.fly"]
)
def test_a_cell_that_is_none_changes_nothing(boss: Client, key: str) -> None:
    camera, guard = camera_make("Gate"), user_make("guard")
    admin = User.objects.get(username="mara")
    filled = key.format(admin=admin.id, guard=guard.id, camera=camera.id)
    assert boss.post("/users/access/", {"do": "save", "granted": "", "cell": [filled]}).status_code == 404
    assert seen(guard) == set()


def test_nobody_but_an_admin_changes_access() -> None:
    gate, guard = camera_make("Gate"), user_make("guard")
    client = Client()
    client.force_login(guard)
    answer = client.post("/users/access/", {"do": "save", "granted": "", "cell": [cell(guard, gate)]})
    assert (answer.status_code, seen(guard)) == (403, set())


def test_the_matrix_costs_as_many_queries_for_many_as_for_few(boss: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert boss.get("/users/access/").status_code == 200
        return len(captured)

    user_make("one", camera_make("Gate"))
    few = queries()
    cameras = [camera_make(f"Quay {number}") for number in range(45)]
    for number in range(9):
        user_make(f"guard {number}", *cameras[:5])
    assert queries() == few
