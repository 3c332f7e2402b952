"""A second camera like one that is there."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from cameras.addresses import source_kind_of
from cameras.choices import SourceKind
from cameras.models import Camera, CameraGroupPermission, CameraUserPermission, Site
from cameras.services.cameras import CameraChange, camera_create
from cameras.services.zones import zone_create
from vms.accounts.models import User
from vms.audit.services import audit_record


@dataclass(frozen=True, slots=True)
class CloneParts:
    """What the new camera takes over besides its settings."""

    zones: bool = True
    rules: bool = True
    permissions: bool = True


@transaction.atomic
def camera_clone(
    *, user: User, camera: Camera, name: str, site: Site | None = None, url: str = "", parts: CloneParts | None = None
) -> Camera:
    """Add a camera with the settings of ``camera``. Address and login are the new one's own: they are never copied.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the name is taken, or the address does not fit.
    """
    parts = parts or CloneParts()
    change = CameraChange(
        name=name,
        site=site or camera.site,
        source_kind=source_kind_of(url) if url else SourceKind.UPLOAD,
        url=url,
        detect_fps=camera.detect_fps,
        priority=camera.priority,
        enabled=camera.enabled,
    )
    made = camera_create(user=user, change=change)
    if parts.zones:
        for zone in camera.zones.all():
            zone_create(user=user, camera=made, name=zone.name, kind=zone.kind, points=zone.points)
    if parts.rules:
        made.rules.add(*camera.rules.all())
    if parts.permissions:
        _permissions_copy(camera, made)
    audit_record(
        actor=user, action="camera.cloned", target=made, source=camera.id, zones=parts.zones, rules=parts.rules,
        permissions=parts.permissions,
    )  # fmt: skip
    return made


def _permissions_copy(camera: Camera, made: Camera) -> None:
    for own in CameraUserPermission.objects.filter(content_object=camera):
        CameraUserPermission.objects.create(user=own.user, permission=own.permission, content_object=made)
    for group in CameraGroupPermission.objects.filter(content_object=camera):
        CameraGroupPermission.objects.create(group=group.group, permission=group.permission, content_object=made)
