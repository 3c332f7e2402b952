"""Notes after each frame where the work stands, so that the next process can tell where this one was killed."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from workers.runtime.contract import ChunkWork, Stopped

LINE_BYTES = 256


class Journal:
    """One line in one file, overwritten in place: it survives the process, and need not survive the machine."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(folder / "position.json", os.O_RDWR | os.O_CREAT, 0o600)
        self.stopped = self._read()
        self.clear()

    def at(self, work: ChunkWork, position_ms: int) -> None:
        line = Stopped(
            job_id=work.job_id, chunk_index=work.chunk_index, epoch=work.epoch, position_ms=position_ms
        ).model_dump_json()
        os.pwrite(self._file, line.ljust(LINE_BYTES).encode(), 0)

    def clear(self) -> None:
        os.ftruncate(self._file, 0)

    def _read(self) -> Stopped | None:
        """What the process before left behind; None where it ended in order."""
        try:
            return Stopped.model_validate_json(os.pread(self._file, LINE_BYTES, 0))
        except ValidationError:
            return None
