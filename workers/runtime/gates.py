"""What the gates to cameras have in common: a door on the loopback, and how connections end."""

from __future__ import annotations

import contextlib
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType
from typing import Self

PIECE_BYTES = 64 * 1024
CONNECT_SECONDS = 5.0


class Gate(ABC):
    """``with`` serves ``port`` of the loopback; ``forbidden``, ``has_connected`` and ``failure`` tell why not."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = networks
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.forbidden = False
        self.has_connected = False
        self.failure: Exception | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name=type(self).__name__, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        listener_close(self._listener)

    @abstractmethod
    def _accept(self) -> None:
        """Serve visitors until the listener is closed; in a thread of its own."""


def listener_close(listener: socket.socket) -> None:
    """A close alone would not wake the thread that waits for visitors: it would wait for ever."""
    hang_up(listener)
    listener.close()


def hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was over already
        connection.shutdown(socket.SHUT_RDWR)
