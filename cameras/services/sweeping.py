"""Removes files that a killed process left behind."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import structlog

from cameras.choices import RecordingState
from cameras.models import Recording
from vms.storage.media import incoming_sweep, media_path

INCOMING_SECONDS = 3600
"""A living upload writes within minutes, so a file untouched this long belongs to nobody."""

ORPHAN_SECONDS = 3600

log = structlog.get_logger(__name__)


def uploads_sweep() -> int:
    """Remove half-arrived uploads and recordings without a row that wants them; return how many."""
    removed = incoming_sweep(older_than_seconds=INCOMING_SECONDS)
    for path in _old_recordings():
        if not _wanted(path):
            path.unlink(missing_ok=True)
            removed += 1
    if removed:
        log.info("uploads.swept", files=removed)
    return removed


def _old_recordings() -> list[Path]:
    limit = time.time() - ORPHAN_SECONDS
    return [path for path in media_path("recordings").glob("*") if path.stat().st_ctime < limit]


def _wanted(path: Path) -> bool:
    try:
        recording_id = uuid.UUID(path.name)
    except ValueError:
        return False
    return Recording.objects.filter(
        id=recording_id, state__in=[RecordingState.RECEIVED, RecordingState.ACCEPTED]
    ).exists()
