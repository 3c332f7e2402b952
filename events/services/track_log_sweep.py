"""Removes track logs that have been kept for long enough, and files whose row was never written or is gone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from events.models import TrackLog
from events.services.track_logs import FOLDER
from vms.storage.media import media_delete, media_path

ROWS_AT_A_TIME = 1_000
OLD_ENOUGH_SECONDS = 3600.0
FRESH_DAYS = 2
"""Only what came so lately can have been left by a process that was killed in between and is not removed yet."""


def track_logs_expire() -> int:
    """Remove what came more than ``TRACK_LOG_DAYS`` ago: rows first, as a file without a row is found again."""
    limit = timezone.now() - timedelta(days=settings.TRACK_LOG_DAYS)
    removed = 0
    while rows := list(TrackLog.objects.filter(received_at__lt=limit).values_list("id", "name")[:ROWS_AT_A_TIME]):
        TrackLog.objects.filter(id__in=[row_id for row_id, _ in rows]).delete()
        for _, name in rows:
            media_delete(name)
        removed += len(rows)
    for day, folder in _days():
        if day < limit.date():
            # Also what belonged to a camera that was deleted.
            shutil.rmtree(folder, ignore_errors=True)
    return removed


def track_log_orphans_remove(*, older_than_seconds: float = OLD_ENOUGH_SECONDS) -> int:
    """Remove files without a row that are too old to be waiting for theirs."""
    limit = time.time() - older_than_seconds
    fresh = timezone.now().date() - timedelta(days=FRESH_DAYS)
    cameras = (camera for day, folder in _days() if day >= fresh for camera in folder.iterdir())
    return sum(_remove_orphans(folder, limit) for folder in cameras)


def _days() -> Iterator[tuple[date, Path]]:
    for folder in sorted(media_path(FOLDER).glob("????-??-??")):
        yield date.fromisoformat(folder.name), folder


def _remove_orphans(folder: Path, limit: float) -> int:
    prefix = folder.relative_to(media_path(FOLDER).parent).as_posix()
    files = {f"{prefix}/{path.name}": path for path in folder.iterdir() if path.stat().st_mtime < limit}
    known = set(TrackLog.objects.filter(name__in=files).values_list("name", flat=True))
    for name in files.keys() - known:
        files[name].unlink(missing_ok=True)
    return len(files.keys() - known)
