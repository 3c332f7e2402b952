"""Granting and taking back many permissions at once, as the matrix of users, cameras and groups of cameras does."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cameras.access import ON_CAMERAS, ON_GROUPS, Grant, GrantTable
from cameras.models import Camera, CameraGroup
from cameras.selectors import CameraPermission
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.services.sign_ins import access_announce
from vms.audit.services import audit_record
from vms.errors import NotFoundError

ACTIONS = {ON_CAMERAS.mark: "camera.access", ON_GROUPS.mark: "camera_group.access"}


@transaction.atomic
def access_change(
    *, user: User, added: Collection[Grant], removed: Collection[Grant], table: GrantTable = ON_CAMERAS
) -> tuple[int, int]:
    """Grant and take back on cameras, or on groups of them; how many permissions were new, and how many are gone.

    To view comes with every other permission, and without it nothing else is left. What a group grants stays.

    Raises:
        ForbiddenError: ``user`` is no admin.
        NotFoundError: a user, camera, group or permission is not there; or the user is an admin, who sees every camera.
    """
    admin_require(user)
    people = _people({grant[0] for grant in (*added, *removed)})
    _targets_require(table, {grant[1] for grant in (*added, *removed)})
    view = CameraPermission.VIEW.value
    blinded = {grant[:2] for grant in removed if grant[2] == view}
    gone = _held(table, {*removed, *((*pair, other.value) for pair in blinded for other in CameraPermission)})
    _delete(table, gone)
    wanted = {*added, *((person, camera, view) for person, camera, _ in added)}
    new = wanted - _held(table, wanted)
    _create(table, new)
    for person in people.values():
        _audit(user, person, table, new, gone)
        access_announce(person)
    return len(new), len(gone)


def _people(ids: set[int]) -> dict[int, User]:
    people = User.objects.exclude(role=Role.ADMIN).in_bulk(ids)
    if len(people) != len(ids):
        raise NotFoundError(_("One of these users is not there any more, or has become an admin. Load the page again."))
    return people


def _targets_require(table: GrantTable, ids: set[int]) -> None:
    there = CameraGroup.objects if table is ON_GROUPS else Camera.objects
    if there.filter(id__in=ids).count() != len(ids):
        raise NotFoundError(_("One of these cameras or groups is not there any more. Load the page again."))


def _held(table: GrantTable, grants: Collection[Grant]) -> set[Grant]:
    people, targets = ({grant[place] for grant in grants} for place in (0, 1))
    return table.held(Q(**{"user__in": people, f"{table.field}__in": targets})) & set(grants)


def _delete(table: GrantTable, grants: set[Grant]) -> None:
    for person, name in {(grant[0], grant[2]) for grant in grants}:
        targets = {grant[1] for grant in grants if (grant[0], grant[2]) == (person, name)}
        which = {"user": person, "permission__codename": name, f"{table.field}__in": targets}
        table.model._default_manager.filter(**which).delete()


def _create(table: GrantTable, grants: set[Grant]) -> None:
    names = {permission.value for permission in CameraPermission}
    ids = dict(
        Permission.objects.filter(content_type__app_label="cameras", codename__in=names).values_list("codename", "id")
    )
    if not {grant[2] for grant in grants} <= ids.keys():
        raise NotFoundError(_("There is no such permission."))
    rows: list[Any] = [
        table.model(**{"user_id": person, f"{table.field}_id": target, "permission_id": ids[name]})
        for person, target, name in sorted(grants)
    ]
    table.model._default_manager.bulk_create(rows, ignore_conflicts=True)


def _audit(user: User, person: User, table: GrantTable, new: set[Grant], gone: set[Grant]) -> None:
    detail = {
        word: {name: sorted(c for p, c, n in grants if (p, n) == (person.id, name)) for name in _names(person, grants)}
        for word, grants in (("granted", new), ("revoked", gone))
    }
    if any(detail.values()):
        audit_record(actor=user, action=ACTIONS[table.mark], target=person, username=person.username, **detail)


def _names(person: User, grants: set[Grant]) -> list[str]:
    return sorted({name for holder, _, name in grants if holder == person.id})
