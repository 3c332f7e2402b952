"""Granting and taking back many permissions at once, as the matrix of users and cameras does."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Q

from cameras.access import Grant, grants_held
from cameras.models import Camera, CameraUserPermission
from cameras.selectors import CameraPermission
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.services.sign_ins import access_announce
from vms.audit.services import audit_record
from vms.errors import NotFoundError


@transaction.atomic
def access_change(*, user: User, added: Collection[Grant], removed: Collection[Grant]) -> tuple[int, int]:
    """Grant and take back; how many permissions were new, and how many are gone.

    To view comes with every other permission, and without it nothing else is left. What a group grants stays.

    Raises:
        ForbiddenError: ``user`` is no admin.
        NotFoundError: a user, camera or permission is not there; or the user is an admin, who sees every camera.
    """
    admin_require(user)
    people = _people({grant[0] for grant in (*added, *removed)})
    _cameras_require({grant[1] for grant in (*added, *removed)})
    view = CameraPermission.VIEW.value
    blinded = {grant[:2] for grant in removed if grant[2] == view}
    gone = _held({*removed, *((*pair, other.value) for pair in blinded for other in CameraPermission)})
    _delete(gone)
    wanted = {*added, *((person, camera, view) for person, camera, _ in added)}
    new = wanted - _held(wanted)
    _create(new)
    for person in people.values():
        _audit(user, person, new, gone)
        access_announce(person)
    return len(new), len(gone)


def _people(ids: set[int]) -> dict[int, User]:
    people = User.objects.exclude(role=Role.ADMIN).in_bulk(ids)
    if len(people) != len(ids):
        raise NotFoundError("One of these users is not there any more, or has become an admin. Load the page again.")
    return people


def _cameras_require(ids: set[int]) -> None:
    if Camera.objects.filter(id__in=ids).count() != len(ids):
        raise NotFoundError("One of these cameras is not there any more. Load the page again.")


def _held(grants: Collection[Grant]) -> set[Grant]:
    which = Q(user__in={grant[0] for grant in grants}, content_object__in={grant[1] for grant in grants})
    return grants_held(which) & set(grants)


def _delete(grants: set[Grant]) -> None:
    for person, name in {(person, name) for person, _, name in grants}:
        cameras = {grant[1] for grant in grants if (grant[0], grant[2]) == (person, name)}
        rows = CameraUserPermission.objects.filter(user=person, permission__codename=name, content_object__in=cameras)
        rows.delete()


def _create(grants: set[Grant]) -> None:
    names = {permission.value for permission in CameraPermission}
    ids = dict(
        Permission.objects.filter(content_type__app_label="cameras", codename__in=names).values_list("codename", "id")
    )
    if not {grant[2] for grant in grants} <= ids.keys():
        raise NotFoundError("There is no such permission.")
    CameraUserPermission.objects.bulk_create(
        [
            CameraUserPermission(user_id=person, content_object_id=camera, permission_id=ids[name])
            for person, camera, name in sorted(grants)
        ],
        ignore_conflicts=True,
    )


def _audit(user: User, person: User, new: set[Grant], gone: set[Grant]) -> None:
    detail = {
        word: {name: sorted(c for p, c, n in grants if (p, n) == (person.id, name)) for name in _names(person, grants)}
        for word, grants in (("granted", new), ("revoked", gone))
    }
    if any(detail.values()):
        audit_record(actor=user, action="camera.access", target=person, username=person.username, **detail)


def _names(person: User, grants: set[Grant]) -> list[str]:
    return sorted({name for holder, _, name in grants if holder == person.id})
