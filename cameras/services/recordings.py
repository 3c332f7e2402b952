"""A recording's row and file: stored, accepted, refused, deleted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from cameras.choices import RecordingState
from cameras.models import Camera, Recording
from cameras.recordings import clean_original_name, recording_file_name
from cameras.uploads import ReceivedFile, size_require
from vms.accounts.models import User
from vms.commits import after_commit
from vms.errors import InvalidError
from vms.storage.media import media_adopt, media_delete, media_path, media_write, space_require
from workers.runtime.contract import RecordingFacts

EARLIEST_START = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RecordingUpload:
    """What came with an upload: its bytes, the name its sender gave it, and when its first frame was taken."""

    file: UploadedFile[Any]
    original_name: str
    started_at: datetime | None = None
    recording_id: uuid.UUID = field(default_factory=uuid.uuid4)


def recording_store(*, user: User, camera: Camera, upload: RecordingUpload) -> Recording:
    """Move the file to its place and add the row. Whoever rolls the row back removes the file too."""
    if not upload.file.size:
        raise InvalidError(_("The file is empty. Nothing was stored."))
    started_at = _start_require(upload.started_at)
    sha256 = _file_store(upload.file, recording_file_name(upload.recording_id))
    return Recording.objects.create(
        id=upload.recording_id,
        camera=camera,
        uploaded_by=user,
        original_name=clean_original_name(upload.original_name),
        started_at=started_at,
        start_known=upload.started_at is not None,
        size_bytes=upload.file.size,
        sha256=sha256,
    )


def recording_accept(*, recording: Recording, facts: RecordingFacts) -> None:
    recording.facts = facts.model_dump(mode="json")
    recording.state = RecordingState.ACCEPTED
    if not recording.start_known:  # else events of a recording without a time would lie in the future
        recording.started_at = recording.uploaded_at - timedelta(milliseconds=facts.duration_ms)
    recording.save(update_fields=["facts", "state", "started_at"])


def recording_refuse(*, recording: Recording, reason: str) -> None:
    """Keep the row with the reason; the file goes when the transaction holds."""
    recording.refusal = reason
    recording.state = RecordingState.REFUSED
    recording.save(update_fields=["refusal", "state"])
    after_commit(media_delete, recording_file_name(recording.id))


def recording_delete_file(*, recording_id: uuid.UUID) -> None:
    """The recording was analysed or is not wanted any more: only the clips of its events stay."""
    Recording.objects.filter(id=recording_id, state__in=[RecordingState.RECEIVED, RecordingState.ACCEPTED]).update(
        state=RecordingState.DELETED
    )
    after_commit(media_delete, recording_file_name(recording_id))


def recording_path(recording_id: uuid.UUID) -> Path:
    return media_path(recording_file_name(recording_id))


def _file_store(file: UploadedFile[Any], name: str) -> str:
    if isinstance(file, ReceivedFile):
        media_adopt(file.path, name)
        return file.sha256
    size_require(file.size or 0)
    space_require(file.size or 0)
    return media_write(name, file.chunks()).sha256


def _start_require(started_at: datetime | None) -> datetime:
    now = timezone.now()
    if started_at is None:
        return now
    if timezone.is_naive(started_at) or not EARLIEST_START <= started_at <= now + timedelta(days=1):
        raise InvalidError(_("The recording's start is not a time between 1970 and tomorrow, with its time zone."))
    return started_at.astimezone(UTC)  # PostgreSQL knows fewer offsets than Python
