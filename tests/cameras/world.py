"""People, cameras and recordings to try things on."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from guardian.shortcuts import assign_perm

from cameras.models import Camera, Site
from cameras.recordings import recording_file_name
from cameras.selectors import CameraPermission
from cameras.services.intake import recording_receive
from vms.accounts.choices import Role
from vms.accounts.models import User
from workers.models import Job
from workers.runtime.contract import RecordingFacts


def make_user(name: str, *, role: Role = Role.VIEWER) -> User:
    return User.objects.create_user(name, password="correct horse battery", role=role)


def make_camera(name: str, *, site: str = "Harbour", **more: object) -> Camera:
    place, _ = Site.objects.get_or_create(name=site)
    return Camera.objects.create(site=place, name=name, **more)


def grant(user: User, camera: Camera, *permissions: CameraPermission) -> None:
    for permission in permissions or tuple(CameraPermission):
        assign_perm(permission.value, user, camera)


def make_job(user: User, camera: Camera, *, content: bytes = b"not empty", name: str = "yard.mp4") -> Job:
    upload = SimpleUploadedFile(name, content)
    return recording_receive(user=user, camera=camera, upload=upload, original_name=name)


def make_facts(*, duration_ms: int = 60_000, keyframe_ms: int = 2_000, **more: object) -> RecordingFacts:
    values: dict[str, object] = {
        "container_format": "mp4",
        "codec": "h264",
        "width": 768,
        "height": 576,
        "fps": 10,
        "duration_ms": duration_ms,
        "frames_declared": duration_ms // 100,
        "keyframes_ms": tuple(range(0, duration_ms, keyframe_ms)),
    }
    return RecordingFacts.model_validate(values | more)


def stored_files() -> list[str]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def file_of(recording_id: uuid.UUID) -> Path:
    return Path(settings.MEDIA_ROOT) / recording_file_name(recording_id)
