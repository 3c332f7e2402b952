"""Changing the zones of a camera. Running jobs keep the zones they started with; live streams are told."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cameras.models import Camera, Zone
from cameras.outlines import outline_problem
from cameras.selectors import CameraPermission, cameras_visible_to
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.errors import ConflictError, ForbiddenError, InvalidError
from vms.locking import row_lock
from vms.validation import model_check, model_save
from workers.services.waking import reconcile_soon


@transaction.atomic
def zone_create(*, user: User, camera: Camera, name: str, kind: str, points: Any) -> Zone:  # noqa: ANN401  JSON, checked by the model
    """Add a zone: ``points`` are [[x, y], …] from 0 to 1.

    Raises:
        ForbiddenError: the user may not set the camera up.
        InvalidError: the name is taken, or the points make no zone of that kind; ``fields`` says what.
    """
    _change_require(user, camera)
    zone = Zone(camera=camera, name=name, kind=kind, points=points)
    _save(zone, outline_changed=True)
    audit_record(actor=user, action="zone.created", target=zone, camera=camera.id, name=name, kind=kind, points=points)
    reconcile_soon()
    return zone


@transaction.atomic
def zone_update(*, user: User, zone: Zone, seen: str = "", **changes: Any) -> Zone:  # noqa: ANN401  JSON, checked by the model
    """Change ``name``, ``kind`` or ``points``; errors as for ``zone_create``.

    Raises:
        ConflictError: it is no longer as ``seen`` (its ``zone_fingerprint``, where that is given).
    """
    _change_require(user, zone.camera)
    stored = row_lock(zone)
    _unchanged_require(stored, seen)
    for name in ("name", "kind", "points"):
        setattr(zone, name, changes.get(name, getattr(zone, name)))
    _save(zone, outline_changed=(stored.kind, stored.points) != (zone.kind, zone.points))
    audit_record(actor=user, action="zone.changed", target=zone, name=zone.name, kind=zone.kind, points=zone.points)
    reconcile_soon()
    return zone


@transaction.atomic
def zone_delete(*, user: User, zone: Zone, seen: str = "") -> None:
    """Delete a zone; rules that name it are left out on this camera until there is one again."""
    _change_require(user, zone.camera)
    _unchanged_require(row_lock(zone, to_delete=True), seen)
    audit_record(actor=user, action="zone.deleted", target=zone, camera=zone.camera_id, name=zone.name)
    reconcile_soon()
    zone.delete()


def zone_fingerprint(zone: Zone) -> str:
    """Changes whenever the zone does: what somebody has seen, to notice that it is no longer so."""
    return hashlib.sha256(json.dumps([zone.name, zone.kind, zone.points]).encode()).hexdigest()[:16]


def _change_require(user: User, camera: Camera) -> None:
    if not cameras_visible_to(user, CameraPermission.CHANGE).filter(id=camera.id).exists():
        raise ForbiddenError(_("Only an admin, or who may set this camera up, can change its areas and lines."))


def _unchanged_require(zone: Zone, seen: str) -> None:
    if seen and zone_fingerprint(zone) != seen:
        raise ConflictError(
            _("Somebody else has changed “%(name)s” meanwhile. Nothing of yours was stored.") % {"name": zone.name}
        )


def _save(zone: Zone, *, outline_changed: bool) -> None:
    model_check(zone)
    # What was stored before borders were looked at keeps its outline until somebody moves it.
    problem = outline_problem(zone.kind, zone.outline) if outline_changed else ""
    if problem:
        raise InvalidError(problem, fields={"points": [problem]})
    model_save(zone)
