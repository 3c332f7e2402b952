"""Changing groups of cameras: an admin's work."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from cameras.models import Camera, CameraGroup
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError
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
    """Change what is given; errors as for ``group_create``."""
    admin_require(user)
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
    # Locked, so that nobody names it between our look and its end.
    CameraGroup.objects.select_for_update().get(id=group.id)
    if group.policies.exists() or group.wishes.exists():
        raise ConflictError(
            _("An alert policy or somebody's wishes name %(name)s. Take it out there first.") % {"name": group.name}
        )
    audit_record(actor=user, action="camera_group.deleted", target=group, name=group.name)
    group.delete()


@transaction.atomic
def groups_assign(
    *, user: User, camera: Camera, added: Iterable[CameraGroup] = (), removed: Iterable[CameraGroup] = ()
) -> None:
    """Put a camera into groups and take it out of others. Raises ForbiddenError: the user is no admin."""
    admin_require(user)
    put, taken = list(added), list(removed)
    camera.groups.add(*put)
    camera.groups.remove(*taken)
    names = {"added": [group.name for group in put], "removed": [group.name for group in taken]}
    audit_record(actor=user, action="camera.groups_changed", target=camera, **names)
