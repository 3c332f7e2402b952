"""Changing groups of cameras: an admin's work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from cameras.models import Camera, CameraGroup
from cameras.services.moves import Moves, cameras_by_row
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record, audit_record_each
from vms.errors import ConflictError
from vms.locking import row_lock
from vms.validation import model_save


@transaction.atomic
def group_create(*, user: User, name: str, cameras: Iterable[Camera] = ()) -> CameraGroup:
    """Make a group.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the name is taken.
    """
    admin_require(user)
    group = CameraGroup(name=name)
    model_save(group)
    group.cameras.set(cameras)
    audit_record(actor=user, action="camera_group.created", target=group, name=name)
    return group


@transaction.atomic
def group_update(
    *, user: User, group: CameraGroup, name: str | None = None, cameras: Iterable[Camera] | None = None
) -> CameraGroup:
    """Change what is given; errors as for ``group_create`` and ``row_lock``."""
    admin_require(user)
    group = row_lock(group)
    group.name = group.name if name is None else name
    model_save(group)
    if cameras is not None:
        group.cameras.set(cameras)
    audit_record(actor=user, action="camera_group.changed", target=group, name=group.name)
    return group


@transaction.atomic
def group_delete(*, user: User, group: CameraGroup) -> None:
    """Delete a group; its cameras stay.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: a policy or somebody's wishes name it, and without it would mean all cameras.
    """
    admin_require(user)
    group = row_lock(group, to_delete=True)
    if group.policies.exists() or group.wishes.exists():
        raise ConflictError(
            _("An alert policy or somebody's wishes name %(name)s. Take it out there first.") % {"name": group.name}
        )
    audit_record(actor=user, action="camera_group.deleted", target=group, name=group.name)
    group.delete()


def groups_assign(
    *, user: User, camera: Camera, added: Iterable[CameraGroup] = (), removed: Iterable[CameraGroup] = ()
) -> None:
    """Put a camera into groups and take it out of others. Raises ForbiddenError: the user is no admin."""
    groups_assign_each(user=user, moves={camera: Moves(tuple(added), tuple(removed))})


@transaction.atomic
def groups_assign_each(*, user: User, moves: Mapping[Camera, Moves[CameraGroup]]) -> None:
    """Put cameras into groups and take them out of others, by a few queries for each group; errors as above."""
    admin_require(user)
    for group, (put, taken) in sorted(cameras_by_row(moves).items(), key=lambda pair: pair[0].id):
        group.cameras.add(*put)
        group.cameras.remove(*taken)
    details = {camera: move.names() for camera, move in moves.items()}
    audit_record_each(actor=user, action="camera.groups_changed", details=details)
