"""Groups of cameras: who sees them, what they name, and how cameras join."""

from __future__ import annotations

import pytest
from django.test import Client

from alerts.choices import Channel, DeliveryReason
from alerts.models import AlertPolicy, Delivery, Preference
from alerts.selectors import policies_matching
from alerts.services import alert_raise_for_event
from cameras.models import Camera, CameraGroup
from cameras.selectors import groups_visible_to
from cameras.services.bulk import BulkChange, cameras_bulk_change
from cameras.services.groups import group_create, group_delete
from events.models import Event
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from tests.api.clients import client_of
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import ConflictError, ForbiddenError

pytestmark = pytest.mark.django_db
GROUPS = "/api/v1/camera-groups"
MARKS = {"/cameras/": 'href="/cameras/{id}/', "/api/v1/cameras": '"name":"{name}"'}
"""By which a camera is known in a list, where it is not the sentence of its event."""


@pytest.fixture
def gate() -> Camera:
    return make_camera("Gate")


@pytest.fixture
def yard() -> Camera:
    return make_camera("Yard", site="Works")


@pytest.fixture
def group(gate: Camera) -> CameraGroup:
    made = CameraGroup.objects.create(name="Entrances")
    made.cameras.add(gate)
    return made


@pytest.fixture
def admin() -> User:
    return make_user("root", role=Role.ADMIN)


def test_who_sees_one_of_its_cameras_sees_a_group_and_of_its_cameras_only_theirs(
    group: CameraGroup, gate: Camera, yard: Camera
) -> None:
    group.cameras.add(yard)
    olga, stranger = make_user("olga"), make_user("stranger")
    grant(olga, yard)
    assert list(groups_visible_to(olga)) == [group]
    assert client_of(olga).get(f"{GROUPS}/{group.id}").json() == {
        "id": group.id, "name": "Entrances", "cameras": [yard.id],
    }  # fmt: skip
    assert not groups_visible_to(stranger).exists()


def test_a_group_grants_nothing(group: CameraGroup, gate: Camera, yard: Camera) -> None:
    olga = make_user("olga")
    grant(olga, yard)
    group.cameras.add(yard)
    assert client_of(olga).get(f"/api/v1/cameras/{gate.id}").status_code == 404


def test_an_admin_makes_changes_and_removes_a_group_and_nobody_else_does(
    admin: User, gate: Camera, yard: Camera
) -> None:
    olga = make_user("olga", role=Role.SUPERVISOR)
    grant(olga, gate)
    boss, other = client_of(admin), client_of(olga)
    made = boss.post(GROUPS, {"name": "Entrances", "cameras": [gate.id]}, format="json")
    assert made.status_code == 201
    address = f"{GROUPS}/{made.json()['id']}"
    assert boss.patch(address, {"cameras": [yard.id, gate.id]}, format="json").json()["cameras"] == [gate.id, yard.id]
    assert other.patch(address, {"name": "Mine"}, format="json").status_code == 403
    assert other.delete(address).status_code == 403
    assert boss.post(GROUPS, {"name": "Entrances"}, format="json").status_code == 422
    assert boss.delete(address).status_code == 204


def test_one_that_a_policy_names_is_not_deleted(admin: User, group: CameraGroup) -> None:
    make_policy().camera_groups.add(group)
    with pytest.raises(ConflictError):
        group_delete(user=admin, group=group)
    assert CameraGroup.objects.exists()


def test_only_admins_make_groups() -> None:
    with pytest.raises(ForbiddenError):
        group_create(user=make_user("olga", role=Role.SUPERVISOR), name="Mine")


def test_many_cameras_join_and_leave_at_once_and_it_says_which(
    admin: User, group: CameraGroup, gate: Camera, yard: Camera
) -> None:
    other = CameraGroup.objects.create(name="Old")
    other.cameras.add(yard)
    change = BulkChange(groups_added=(group,), groups_removed=(other,))
    lines = cameras_bulk_change(user=admin, cameras=[gate, yard], change=change)
    assert [line.changes for line in lines] == [(), ("joins group Entrances", "leaves group Old")]
    assert set(group.cameras.all()) == {gate, yard}
    assert not other.cameras.exists()


def test_a_look_at_what_would_change_changes_nothing(admin: User, group: CameraGroup, yard: Camera) -> None:
    cameras_bulk_change(user=admin, cameras=[yard], change=BulkChange(groups_added=(group,)), dry_run=True)
    assert yard not in group.cameras.all()


@pytest.mark.parametrize("path", ["/cameras/", "/events/", "/api/v1/cameras", "/api/v1/events", "/api/v1/alerts"])
def test_lists_are_filtered_by_a_group_that_one_may_see(
    admin: User, group: CameraGroup, gate: Camera, yard: Camera, path: str
) -> None:
    make_policy()
    for camera in (gate, yard):
        alert_raise_for_event(event=make_event(camera))
    client = Client()
    client.force_login(admin)
    everything, some = (client.get(path + query).content.decode() for query in ("", f"?group={group.id}"))
    marks = [MARKS.get(path, "at {name}").format(id=camera.id, name=camera.name) for camera in (gate, yard)]
    assert [mark in everything for mark in marks] == [True, True]
    assert [mark in some for mark in marks] == [True, False]


def test_a_group_of_others_cannot_be_asked_for(group: CameraGroup, yard: Camera) -> None:
    olga = make_user("olga")
    grant(olga, yard)
    assert client_of(olga).get(f"/api/v1/cameras?group={group.id}").status_code == 400


def test_a_policy_takes_the_events_of_its_groups_cameras_and_no_others(
    group: CameraGroup, gate: Camera, yard: Camera
) -> None:
    policy = make_policy()
    policy.camera_groups.add(group)

    def taken(event: Event) -> list[AlertPolicy]:
        (found,) = policies_matching([event])
        return found

    assert (taken(make_event(gate)), taken(make_event(yard))) == ([policy], [])
    policy.cameras.add(yard)
    assert taken(make_event(yard)) == [policy]


def test_wishes_name_groups(group: CameraGroup, gate: Camera, yard: Camera) -> None:
    olga = make_user("olga")
    grant(olga, gate)
    grant(olga, yard)
    make_policy(olga, channels=(Channel.EMAIL,))
    wish = Preference.objects.create(user=olga, channel=Channel.EMAIL)
    wish.camera_groups.add(group)
    for camera in (gate, yard):
        alert_raise_for_event(event=make_event(camera))
    reasons = dict(Delivery.objects.values_list("alert__camera__name", "reason"))
    assert reasons == {"Gate": "", "Yard": DeliveryReason.PREFERENCE}
