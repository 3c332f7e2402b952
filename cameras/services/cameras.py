"""Adding, changing and removing cameras."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from guardian.shortcuts import get_group_perms, get_user_perms

from cameras.addresses import address_require, source_kind_of
from cameras.models import Camera, Site
from events.live import LiveMessage, push, user_group
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.errors import ConflictError, InvalidError
from vms.validation import model_check, model_save
from workers.services.waking import reconcile_soon


@dataclass(frozen=True, slots=True)
class CameraChange:
    """What a camera is to be like; None leaves it as it is (or at its default).

    ``url`` is the stream that is analysed; clips come from ``clip_url``, or from ``url`` where that is empty.
    """

    name: str | None = None
    site: Site | None = None
    source_kind: str | None = None
    url: str | None = None
    clip_url: str | None = None
    detect_fps: float | None = None
    priority: str | None = None
    enabled: bool | None = None


@transaction.atomic
def camera_create(*, user: User, change: CameraChange) -> Camera:
    """Add a camera; ``site`` and ``name`` are needed.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: a value does not fit; ``fields`` says which.
    """
    admin_require(user)
    if change.site is None:
        raise InvalidError(_("Say which site the camera stands at."), fields={"site": [_("This field is required.")]})
    camera = Camera(site=change.site)
    _apply(camera, change)
    audit_record(actor=user, action="camera.created", target=camera, name=camera.name, site=camera.site_id)
    reconcile_soon()
    return camera


@transaction.atomic
def camera_update(*, user: User, camera: Camera, change: CameraChange) -> Camera:
    """Change what is given; errors as for ``camera_create``."""
    admin_require(user)
    _apply(camera, change)
    audit_record(
        actor=user, action="camera.changed", target=camera, name=camera.name, enabled=camera.enabled,
        url_changed=change.url is not None, clip_url_changed=change.clip_url is not None,
    )  # fmt: skip
    reconcile_soon()
    return camera


@transaction.atomic
def camera_delete(*, user: User, camera: Camera) -> None:
    """Delete a camera that nothing has come from.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: it has recordings or events; it can be switched off instead.
    """
    admin_require(user)
    audit_record(actor=user, action="camera.deleted", target=camera, name=camera.name)
    try:
        camera.delete()
    except ProtectedError:
        raise ConflictError(
            _("Camera %(name)s has recordings or events. Switch it off instead of deleting it.") % {"name": camera.name}
        ) from None
    reconcile_soon()


@transaction.atomic
def camera_access_announce(*, user: User, camera: Camera, holder: User | Group) -> None:
    """Record that a person's or group's permissions were set in the admin; tell the open pages of those people."""
    is_group = isinstance(holder, Group)
    held = get_group_perms(holder, camera) if is_group else get_user_perms(holder, camera)
    audit_record(
        actor=user, action="camera.access_set", target=camera, permissions=sorted(held),
        **{"group" if is_group else "person": str(holder)},
    )  # fmt: skip
    for person in holder.user_set.all() if isinstance(holder, Group) else [holder]:
        _access_changed(person, camera)


def camera_check(camera: Camera, change: CameraChange) -> None:
    """Change the object, not what is stored, and judge it without asking the database whether the name is taken.

    Raises:
        InvalidError: ``fields`` holds the sentences for each field.
    """
    _change(camera, change)
    model_check(camera, exclude={"site"}, validate_unique=False, validate_constraints=False)


def _apply(camera: Camera, change: CameraChange) -> None:
    _change(camera, change)
    model_save(camera)


def _change(camera: Camera, change: CameraChange) -> None:
    for name in ("name", "site", "source_kind", "url", "clip_url", "detect_fps", "priority", "enabled"):
        value = getattr(change, name)
        if value is not None:
            setattr(camera, name, value)
    if not math.isfinite(camera.detect_fps):  # passes every comparison of the field's own checks
        raise InvalidError(_("Frames per second must be a number."), fields={"detect_fps": [_("Write a number.")]})
    address_require(camera.source_kind, camera.url)
    if camera.clip_url:
        address_require(source_kind_of(camera.clip_url), camera.clip_url, field="clip_url")


def _access_changed(person: User, camera: Camera) -> None:
    message = LiveMessage(kind="access.changed", id=str(camera.id), camera_id=camera.id, data={})
    after_commit(push, user_group(person.id), message)
