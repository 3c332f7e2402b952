"""Adding, changing and removing cameras."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from guardian.shortcuts import get_group_perms, get_user_perms

from cameras.addresses import address_require, source_kind_of
from cameras.models import Camera, Site
from events.live import LiveMessage, push, user_group
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record, audit_record_each
from vms.commits import after_commit
from vms.errors import ConflictError, InvalidError, NotFoundError
from vms.locking import gone_words, row_lock, rows_lock
from vms.validation import model_check, model_save
from workers.services.waking import reconcile_soon

AT_ONCE = 100
SEALED = {"url": "sealed_url", "clip_url": "sealed_clip_url"}


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

    @property
    def given(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


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
    """Change what is given; errors as for ``camera_create`` and ``row_lock``."""
    admin_require(user)
    camera = row_lock(camera)
    _apply(camera, change)
    _changed_record(user, [(camera, change)])
    reconcile_soon()
    return camera


@transaction.atomic
def cameras_store(*, user: User, new: Sequence[CameraChange], changed: Sequence[tuple[Camera, CameraChange]]) -> None:
    """Add and change many cameras by a few queries; errors as for ``camera_create``.

    Raises:
        NotFoundError: somebody deleted one of them meanwhile.
        ConflictError: somebody else took one of the names.
    """
    admin_require(user)
    rows = rows_lock([camera for camera, change in changed])
    if len(rows) < len(changed):
        raise NotFoundError(gone_words())
    added = [Camera(site=change.site) for change in new]
    stored = [(rows[camera.pk], change) for camera, change in changed]
    given = sorted({SEALED.get(name, name) for camera, change in stored for name in change.given})
    for camera, change in (*zip(added, new, strict=True), *stored):
        camera_check(camera, change)
    with _names_free():
        Camera.objects.bulk_create(added)
        if given:
            Camera.objects.bulk_update([camera for camera, change in stored], given, batch_size=AT_ONCE)
    details = {camera: {"name": camera.name, "site": camera.site_id} for camera in added}
    audit_record_each(actor=user, action="camera.created", details=details)
    _changed_record(user, stored)
    reconcile_soon()


@transaction.atomic
def camera_delete(*, user: User, camera: Camera) -> None:
    """Delete a camera that nothing has come from.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: it has recordings or events; it can be switched off instead.
    """
    admin_require(user)
    camera = row_lock(camera, to_delete=True)
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


@contextmanager
def _names_free() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise ConflictError(_("Somebody changed cameras at the same time. Nothing was changed: try again.")) from None


def _changed_record(user: User, changed: Sequence[tuple[Camera, CameraChange]]) -> None:
    details = {
        camera: {
            "name": camera.name,
            "enabled": camera.enabled,
            "url_changed": change.url is not None,
            "clip_url_changed": change.clip_url is not None,
        }
        for camera, change in changed
    }
    audit_record_each(actor=user, action="camera.changed", details=details)


def _apply(camera: Camera, change: CameraChange) -> None:
    _change(camera, change)
    model_save(camera)


def _change(camera: Camera, change: CameraChange) -> None:
    for name, value in change.given.items():
        setattr(camera, name, value)
    if not math.isfinite(camera.detect_fps):  # passes every comparison of the field's own checks
        raise InvalidError(_("Frames per second must be a number."), fields={"detect_fps": [_("Write a number.")]})
    address_require(camera.source_kind, camera.url)
    if camera.clip_url:
        address_require(source_kind_of(camera.clip_url), camera.clip_url, field="clip_url")


def _access_changed(person: User, camera: Camera) -> None:
    message = LiveMessage(kind="access.changed", id=str(camera.id), camera_id=camera.id, data={})
    after_commit(push, user_group(person.id), message)
