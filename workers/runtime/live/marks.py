"""Says where a stream's threads are inside of a library, so that whoever survives the process can tell."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

UNMARKED: AbstractContextManager[object] = nullcontext()


class LookMark(Protocol):
    """Entered by one thread for as long as it looks at a picture.

    It steps out while the picture waits for the detector, and in again when that has it.
    """

    @property
    def alone(self) -> bool:
        """Whether it may share nothing with other streams: it is a suspect."""

    def __enter__(self) -> object: ...

    def __exit__(self, *_: object) -> None: ...

    def step_in(self) -> None: ...

    def step_out(self) -> None: ...


class NoLookMark:
    alone = False

    def __enter__(self) -> None:
        """Nobody notes it."""

    def __exit__(self, *_: object) -> None:
        """Nobody notes it."""

    def step_in(self) -> None:
        """Nobody notes it."""

    def step_out(self) -> None:
        """Nobody notes it."""


NO_LOOK_MARK = NoLookMark()


@dataclass(frozen=True, slots=True)
class StreamMarks:
    """Each is entered by one thread, over and over."""

    decoding: AbstractContextManager[object] = UNMARKED
    inferring: LookMark = NO_LOOK_MARK


NO_MARKS = StreamMarks()
