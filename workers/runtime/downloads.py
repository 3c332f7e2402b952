"""Keeps the recordings that are being worked on: fetched once, continued where a download broke off, checked."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from workers.runtime.client import PlatformClient, PlatformError, UnreachableError
from workers.runtime.contract import ChunkWork

PART_BYTES = 1024 * 1024
ATTEMPTS = 5
MOST_KEPT = 4


class DownloadError(PlatformError):
    """The recording did not arrive as it was announced."""


@dataclass(slots=True)
class RecordingCache:
    """``alive`` is called between parts, so that whoever watches knows that something moves."""

    client: PlatformClient
    folder: Path
    _checked: set[uuid.UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def fetch(self, work: ChunkWork, alive: Callable[[], None]) -> Path:
        """The recording's file.

        Raises:
            PlatformError: it cannot be had.
        """
        path = self._path(work.recording_id)
        if work.recording_id in self._checked and path.exists():
            return path
        self._make_room(path)
        self._complete(work, path, alive)
        if _sha256(path, alive) != work.recording_sha256:
            path.unlink(missing_ok=True)
            raise DownloadError("The recording did not arrive whole: its checksum differs.")
        self._checked.add(work.recording_id)
        return path

    def forget(self, recording_id: uuid.UUID) -> None:
        self._checked.discard(recording_id)
        self._path(recording_id).unlink(missing_ok=True)

    def _path(self, recording_id: uuid.UUID) -> Path:
        return self.folder / str(recording_id)

    def _make_room(self, wanted: Path) -> None:
        """A recording whose job another node ended is never asked for again."""
        others = sorted((path for path in self.folder.iterdir() if path != wanted), key=_modified_at)
        for path in others[: max(0, len(others) - MOST_KEPT + 1)]:
            path.unlink(missing_ok=True)

    def _complete(self, work: ChunkWork, path: Path, alive: Callable[[], None]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            if _size(path) == work.recording_bytes:
                return
            if _size(path) > work.recording_bytes:
                path.unlink()
            try:
                self._append(work, path, alive)
            except UnreachableError:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(attempt)

    def _append(self, work: ChunkWork, path: Path, alive: Callable[[], None]) -> None:
        with path.open("ab") as file:
            for part in self.client.recording(work.recording_id, file.tell()):
                file.write(part)
                alive()


def _modified_at(path: Path) -> float:
    return path.stat().st_mtime


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sha256(path: Path, alive: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            digest.update(part)
            alive()
    return digest.hexdigest()
