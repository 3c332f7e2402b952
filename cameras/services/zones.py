"""Changing the zones of a camera. Running jobs keep the zones they started with; live streams are told."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from cameras.models import Camera, Zone
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.validation import model_save
from workers.services.waking import reconcile_soon


@transaction.atomic
def zone_create(*, user: User, camera: Camera, name: str, kind: str, points: Any) -> Zone:  # noqa: ANN401  JSON, checked by the model
    """Add a zone: ``points`` are [[x, y], …] from 0 to 1.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the name is taken, or the points make no zone of that kind.
    """
    admin_require(user)
    zone = Zone(camera=camera, name=name, kind=kind, points=points)
    model_save(zone)
    audit_record(actor=user, action="zone.created", target=zone, camera=camera.id, name=name, kind=kind, points=points)
    reconcile_soon()
    return zone


@transaction.atomic
def zone_update(*, user: User, zone: Zone, **changes: Any) -> Zone:  # noqa: ANN401  JSON, checked by the model
    """Change ``name``, ``kind`` or ``points``; errors as for ``zone_create``."""
    admin_require(user)
    for name in ("name", "kind", "points"):
        setattr(zone, name, changes.get(name, getattr(zone, name)))
    model_save(zone)
    audit_record(actor=user, action="zone.changed", target=zone, name=zone.name, kind=zone.kind, points=zone.points)
    reconcile_soon()
    return zone


@transaction.atomic
def zone_delete(*, user: User, zone: Zone) -> None:
    """Delete a zone; rules that name it are left out on this camera until there is one again."""
    admin_require(user)
    audit_record(actor=user, action="zone.deleted", target=zone, camera=zone.camera_id, name=zone.name)
    reconcile_soon()
    zone.delete()
