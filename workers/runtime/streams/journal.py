"""Notes in shared memory which streams are inside a library, so that the next process can tell which one ended this."""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from workers.runtime.contract import StreamStopped
from workers.runtime.live.computing import COMPUTING
from workers.runtime.live.marks import NO_MARKS, StreamMarks

SLOT = struct.Struct("<16sQBB6x")
SLOTS = 4_096
DECODING, INFERRING = 24, 25
MOST_DECODING = 8
"""Of so many at once nobody can tell which one it was: the next end names fewer, or it was none of them."""
MOST_STOPPED = 1_000
SUSPECT_SECONDS = 60.0
"""For so long a suspect is decoded and looked at while no other one is, and on canvases of its own."""


class Mark:
    """Says in one byte that a thread is inside, and to this process since when; entered by one thread at a time.

    Of a stream that is a suspect until then: ``turn`` is held meanwhile, so that a crash names one suspect only.
    """

    def __init__(self, memory: mmap.mmap, position: int, turn: threading.Lock, suspect_until: float) -> None:
        self._memory, self._position = memory, position
        self._turn, self._suspect_until = turn, suspect_until
        self._has_turn = False
        self.since: float | None = None

    @property
    def alone(self) -> bool:
        return time.monotonic() < self._suspect_until

    def __enter__(self) -> None:
        if self.alone:
            with COMPUTING.away():  # whoever is inside needs to compute to come out
                self._has_turn = self._turn.acquire()
        self.since = time.monotonic()
        self._memory[self._position] = 1

    def __exit__(self, *_: object) -> None:
        self._memory[self._position] = 0
        self.since = None
        if self._has_turn:
            self._has_turn = False
            self._turn.release()


class InferringMark(Mark):
    """Left in between, while the picture waits for the detector."""

    def step_in(self) -> None:
        self._memory[self._position] = 1

    def step_out(self) -> None:
        self._memory[self._position] = 0


@dataclass(frozen=True, slots=True)
class Turns:
    """What suspects take in turns; apart, since decoding must keep up with the camera."""

    decoding: threading.Lock = field(default_factory=threading.Lock)
    inferring: threading.Lock = field(default_factory=threading.Lock)


class JournalSlot:
    """A stream's line in the journal; ``position`` None where the journal is full."""

    def __init__(self, memory: mmap.mmap, position: int | None, turns: Turns, suspect_until: float) -> None:
        self._memory, self.position = memory, position
        self.marks = NO_MARKS
        self._inferring: InferringMark | None = None
        if position is not None:
            self._inferring = InferringMark(memory, position + INFERRING, turns.inferring, suspect_until)
            decoding = Mark(memory, position + DECODING, turns.decoding, suspect_until)
            self.marks = StreamMarks(decoding, self._inferring)

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
        self._lock, self._turns = threading.Lock(), Turns()
        self.clear()

    def clear(self) -> None:
        """The process ends in order: nobody is to blame."""
        self._memory[:] = bytes(len(self._memory))
        self._free = [index * SLOT.size for index in reversed(range(SLOTS))]

    def slot(self, stream_id: uuid.UUID, epoch: int, *, is_suspect: bool = False) -> JournalSlot:
        """``is_suspect``: an earlier process ended while it looked at this stream."""
        suspect_until = time.monotonic() + SUSPECT_SECONDS if is_suspect else 0.0
        with self._lock:
            position = self._free.pop() if self._free else None
        slot = JournalSlot(self._memory, position, self._turns, suspect_until)
        slot.hold(stream_id, epoch)
        return slot

    def give_back(self, slot: JournalSlot) -> None:
        """Once its stream's threads are through."""
        slot.clear()
        if slot.position is not None:
            with self._lock:
                self._free.append(slot.position)


def _stopped(memory: mmap.mmap) -> tuple[StreamStopped, ...]:
    """The streams in the libraries when the process ended.

    Of a crowd with the detector each is a suspect for a while: the next end names one of them, or none.
    """
    lines = [(uuid.UUID(bytes=line[0]), *line[1:]) for line in SLOT.iter_unpack(memory[:])]
    decoding = {stream_id: epoch for stream_id, epoch, inside, _ in lines if inside}
    inferring = {stream_id: epoch for stream_id, epoch, _, inside in lines if inside}
    suspects = inferring | (decoding if len(decoding) <= MOST_DECODING else {})
    named = [StreamStopped(stream_id=stream_id, epoch=epoch) for stream_id, epoch in suspects.items()]
    return tuple(named[:MOST_STOPPED])
