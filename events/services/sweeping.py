"""Removes the files of events that no row knows: their process was killed between the two."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from events.models import Clip
from events.services.files import FOLDER
from vms.storage.media import media_path

OLD_ENOUGH_SECONDS = 3600.0


def orphans_remove(*, older_than_seconds: float = OLD_ENOUGH_SECONDS) -> int:
    """Remove clips, boxes and snapshots without a row, once they are too old to be waiting for theirs."""
    limit = time.time() - older_than_seconds
    return sum(_remove_orphans(Path(folder), names, limit) for folder, _, names in os.walk(media_path(FOLDER)))


def _remove_orphans(folder: Path, names: list[str], limit: float) -> int:
    events = {event_id for event_id in map(_event_id, names) if event_id is not None}
    known = set(_known_names(events))
    removed = 0
    for name in names:
        path = folder / name
        if name not in known and _modified_at(path) < limit:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _known_names(events: set[uuid.UUID]) -> Iterator[str]:
    rows = Clip.objects.filter(event_id__in=events).values_list("video_name", "boxes_name", "snapshot_name")
    for row in rows:
        yield from (name.rsplit("/", 1)[-1] for name in row if name)


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _event_id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name.split(".", 1)[0])
    except ValueError:
        return None
