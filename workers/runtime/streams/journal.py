"""Notes in shared memory which streams are inside a library, so that the next process can tell which one ended this."""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
import uuid
from pathlib import Path

from workers.runtime.contract import StreamStopped
from workers.runtime.live.marks import NO_MARKS, StreamMarks

SLOT = struct.Struct("<16sQBB6x")
SLOTS = 4_096
DECODING, INFERRING = 24, 25
MOST_SUSPECTS = 8
"""Of so many at once nobody can tell which one it was: the next end names fewer, or it was none of them."""


class Mark:
    """Says in one byte that a thread is inside, and to this process since when; entered by one thread at a time."""

    def __init__(self, memory: mmap.mmap, position: int) -> None:
        self._memory, self._position = memory, position
        self.since: float | None = None

    def __enter__(self) -> None:
        self.since = time.monotonic()
        self._memory[self._position] = 1

    def __exit__(self, *_: object) -> None:
        self._memory[self._position] = 0
        self.since = None


class JournalSlot:
    """A stream's line in the journal; ``position`` None where the journal is full."""

    def __init__(self, memory: mmap.mmap, position: int | None) -> None:
        self._memory, self.position = memory, position
        self.marks = NO_MARKS
        self._inferring: Mark | None = None
        if position is not None:
            self._inferring = Mark(memory, position + INFERRING)
            self.marks = StreamMarks(Mark(memory, position + DECODING), self._inferring)

    def inferring_seconds(self) -> float:
        """For how long the stream's picture has been with the detector."""
        since = self._inferring.since if self._inferring is not None else None
        return 0.0 if since is None else time.monotonic() - since

    def hold(self, stream_id: uuid.UUID, epoch: int) -> None:
        if self.position is not None:
            line = SLOT.pack(stream_id.bytes, epoch, 0, 0)[:DECODING]
            self._memory[self.position : self.position + DECODING] = line

    def clear(self) -> None:
        if self.position is not None:
            self._memory[self.position : self.position + SLOT.size] = bytes(SLOT.size)


class StreamJournal:
    """One file, mapped: it survives the process, and need not survive the machine. ``stopped``: of the one before."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / "streams.bin", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(file, SLOT.size * SLOTS)
            self._memory = mmap.mmap(file, SLOT.size * SLOTS)
        finally:
            os.close(file)
        self.stopped = _stopped(self._memory)
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """The process ends in order: nobody is to blame."""
        self._memory[:] = bytes(len(self._memory))
        self._free = [index * SLOT.size for index in reversed(range(SLOTS))]

    def slot(self, stream_id: uuid.UUID, epoch: int) -> JournalSlot:
        with self._lock:
            slot = JournalSlot(self._memory, self._free.pop() if self._free else None)
        slot.hold(stream_id, epoch)
        return slot

    def give_back(self, slot: JournalSlot) -> None:
        """Once its stream's threads are through."""
        slot.clear()
        if slot.position is not None:
            with self._lock:
                self._free.append(slot.position)


def _stopped(memory: mmap.mmap) -> tuple[StreamStopped, ...]:
    """The streams in the libraries when the process ended; a whole crowd tells nothing about any of them."""
    suspects = []
    for is_inside in (lambda decoding, _: decoding, lambda _, inferring: inferring):
        inside = [
            StreamStopped(stream_id=uuid.UUID(bytes=stream_id), epoch=epoch)
            for stream_id, epoch, decoding, inferring in SLOT.iter_unpack(memory[:])
            if is_inside(decoding, inferring)
        ]
        suspects += inside if len(inside) <= MOST_SUSPECTS else []
    return tuple({suspect.stream_id: suspect for suspect in suspects}.values())
