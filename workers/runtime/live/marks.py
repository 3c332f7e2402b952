"""Says where a stream's threads are inside of a library, so that whoever survives the process can tell."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

UNMARKED: AbstractContextManager[object] = nullcontext()


@dataclass(frozen=True, slots=True)
class StreamMarks:
    """Each is entered by one thread, over and over."""

    decoding: AbstractContextManager[object] = UNMARKED
    inferring: AbstractContextManager[object] = UNMARKED


NO_MARKS = StreamMarks()
