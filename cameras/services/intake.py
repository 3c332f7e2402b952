"""Takes an uploaded recording in: row, file and job together, or nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from cameras.models import Camera
from cameras.selectors import CameraPermission, camera_get
from cameras.services.recordings import RecordingUpload, recording_path, recording_store
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.errors import ConflictError
from workers.models import Job
from workers.services.jobs import job_create


def recording_receive(
    *, user: User, camera: Camera, upload: UploadedFile[Any], original_name: str, started_at: datetime | None = None
) -> Job:
    """Store the upload and start its analysis; ``started_at`` (aware) is when its first frame was taken.

    Raises:
        NotFoundError: the user may not upload for this camera.
        ConflictError: the camera is switched off.
        InvalidError: the file is empty, or the start is no sensible time.
        TooLargeError, StorageFullError: it does not fit; nothing is left behind.
    """
    camera = camera_get(user, camera.id, CameraPermission.UPLOAD)
    if not camera.enabled:
        raise ConflictError(_("Camera %(name)s is switched off. Nothing was stored.") % {"name": camera.name})
    return _store_and_start(user, camera, RecordingUpload(upload, original_name, started_at))


def _store_and_start(user: User, camera: Camera, upload: RecordingUpload) -> Job:
    try:
        with transaction.atomic():
            recording = recording_store(user=user, camera=camera, upload=upload)
            job = job_create(recording=recording)
            audit_record(
                actor=user,
                action="recording.uploaded",
                target=recording,
                camera=camera.id,
                name=recording.original_name,
                size_bytes=recording.size_bytes,
            )
    except BaseException:
        # The file was moved before the rows were certain: without them nobody would ever find it.
        recording_path(upload.recording_id).unlink(missing_ok=True)
        raise
    return job
