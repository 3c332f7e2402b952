"""The time that one exchange may take in all, however slowly the other side drips."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread, Timer
from types import TracebackType
from typing import TypeVar

from vms.outbound.errors import TooSlowError

Result = TypeVar("Result")


class Deadline:
    """Cuts the connections it watches when its time is over, in whatever call somebody waits on them.

    A socket's own timeout begins again with each byte; this one does not.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.expired = False
        self._end = time.monotonic() + seconds
        self._watched: list[socket.socket] = []
        self._lock = Lock()
        self._timer = Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for handle in self._watched:
                handle.close()
            self._watched.clear()

    def remaining(self) -> float:
        """Seconds that are left.

        Raises:
            TooSlowError: none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.error()
        return left

    def error(self) -> TooSlowError:
        return TooSlowError(f"No full answer within {self.seconds:g} s.")

    def watch(self, connection: socket.socket) -> None:
        """By a second handle: the first may be wrapped for TLS, closed or gone when the time is over."""
        with self._lock:
            self._watched.append(connection.dup())
        if self.expired:
            self._expire()

    def asked(self, question: Callable[[], Result]) -> Result:
        """The answer of a call that cannot be interrupted, such as looking up a name.

        Raises:
            TooSlowError: it did not come in time; the thread that waits for it ends when it does.
        """
        answers: list[Result] = []
        errors: list[Exception] = []

        def ask() -> None:
            try:
                answers.append(question())
            except Exception as error:  # noqa: BLE001  raised again where it was asked
                errors.append(error)

        thread = Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self.remaining())
        if errors:
            raise errors[0]
        if not answers:
            raise self.error()
        return answers[0]

    def _expire(self) -> None:
        self.expired = True
        with self._lock:
            for handle in self._watched:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)
