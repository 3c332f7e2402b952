"""Giving and taking back access to a camera: what it changes, and that open pages are told after the commit."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm
from pytest_django import DjangoCaptureOnCommitCallbacks

from cameras.access import Grant
from cameras.models import Camera
from cameras.selectors import CameraPermission, cameras_seen_by, cameras_visible_to
from cameras.services.access import access_change
from events.live import LiveMessage, user_group
from tests.cameras.world import grant, make_camera, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.accounts.services import sign_ins
from vms.errors import ForbiddenError

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera() -> Camera:
    return make_camera("Gate")


@pytest.fixture
def admin() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def person() -> User:
    return make_user("vera")


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, LiveMessage]]:
    messages: list[tuple[str, LiveMessage]] = []
    monkeypatch.setattr(sign_ins, "push", lambda group, message: messages.append((group, message)))
    return messages


def grants(person: User, camera: Camera, *permissions: CameraPermission) -> list[Grant]:
    return [(person.id, camera.id, permission.value) for permission in permissions]


def permissions_of(person: User, camera: Camera) -> set[str]:
    """Asked anew: a user object keeps what it was told before."""
    somebody = User.objects.get(id=person.id)
    return {
        permission.name
        for permission in CameraPermission
        if cameras_visible_to(somebody, permission).filter(id=camera.id).exists()
    }


def test_to_view_comes_with_every_other_permission(admin: User, camera: Camera, person: User) -> None:
    access_change(user=admin, added=grants(person, camera, CameraPermission.REVIEW), removed=())
    assert permissions_of(person, camera) == {"VIEW", "REVIEW"}
    assert permissions_of(person, make_camera("Vault")) == set()


def test_one_permission_is_taken_back_alone(admin: User, camera: Camera, person: User) -> None:
    grant(person, camera)
    access_change(user=admin, added=(), removed=grants(person, camera, CameraPermission.UPLOAD))
    assert permissions_of(person, camera) == {"VIEW", "REVIEW", "CHANGE"}


def test_without_to_view_nothing_is_left(admin: User, camera: Camera, person: User) -> None:
    grant(person, camera)
    access_change(user=admin, added=(), removed=grants(person, camera, CameraPermission.VIEW))
    assert permissions_of(person, camera) == set()


def test_asked_for_many_at_once_each_sees_what_they_see_alone(admin: User, camera: Camera, person: User) -> None:
    vault, member, nobody = make_camera("Vault"), make_user("max"), make_user("nora")
    guards = Group.objects.create(name="guards")
    member.groups.add(guards)
    assign_perm(CameraPermission.VIEW, guards, vault)
    grant(person, camera)
    grant(member, camera)
    away = make_user("olaf", role=Role.ADMIN)
    away.is_active = False
    people = [admin, person, member, nobody, away]
    seen = cameras_seen_by(people)
    assert {user: seen.get(user.pk, frozenset()) for user in people} == {
        user: frozenset(cameras_visible_to(user).values_list("id", flat=True)) for user in people
    }
    assert seen[member.pk] == {camera.id, vault.id}
    assert cameras_seen_by(people, {vault.id}) == {person: cameras & {vault.id} for person, cameras in seen.items()}


def test_only_an_admin_changes_access(camera: Camera, person: User) -> None:
    grant(person, camera, CameraPermission.VIEW)
    held, wanted = (grants(person, camera, each) for each in (CameraPermission.VIEW, CameraPermission.UPLOAD))
    for added, removed in ((wanted, ()), ((), held)):
        with pytest.raises(ForbiddenError):
            access_change(user=person, added=added, removed=removed)
    assert permissions_of(person, camera) == {"VIEW"}


@pytest.mark.parametrize("is_new", [True, False])
def test_the_persons_pages_are_told_after_the_commit_and_not_before(
    is_new: bool,
    admin: User,
    camera: Camera,
    person: User,
    pushed: list[tuple[str, LiveMessage]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    every = grants(person, camera, *CameraPermission)
    with django_capture_on_commit_callbacks(execute=True):
        access_change(user=admin, added=every if is_new else (), removed=() if is_new else every)
        assert pushed == []
    ((group, message),) = pushed
    assert (group, message["kind"]) == (user_group(person.id), "access.changed")
