"""Removes files whose row is gone: it was deleted while they were being built, or its process was killed."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from vms.storage.media import media_path


def rowless_remove(folder: str, rows: QuerySet[Any]) -> int:
    """Remove what has the id of no row for its name; how many there were. The row must come before its files."""
    found = {row_id: path for path in media_path(folder).glob("*") if (row_id := _row_id(path)) is not None}
    gone = found.keys() - set(rows.filter(pk__in=found).values_list("pk", flat=True))
    for row_id in gone:
        path = found[row_id]
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return len(gone)


def _row_id(path: Path) -> uuid.UUID | None:
    try:
        return uuid.UUID(path.stem)
    except ValueError:
        return None
