"""What Ctrl-C and a stop request do, for as long as a block of code runs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def on_stop_signal(action: Callable[[int], None]) -> Iterator[None]:
    def handle(number: int, _frame: FrameType | None) -> None:
        action(number)

    before = [signal.signal(number, handle) for number in STOP_SIGNALS]
    try:
        yield
    finally:
        for number, handler in zip(STOP_SIGNALS, before, strict=True):
            signal.signal(number, handler)


def leave(number: int) -> None:
    """Unwinds the stack, so that all that was started is stopped in order; a second signal does not disturb that."""
    for stop_signal in STOP_SIGNALS:
        signal.signal(stop_signal, lambda _number, _frame: None)
    raise SystemExit(128 + number)


def ignore(_number: int) -> None:
    """For the last part of a stop, which must not be cut short."""
