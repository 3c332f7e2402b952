"""What the gates to cameras have in common: a door on the loopback, and how connections end."""

from __future__ import annotations

import contextlib
import socket

PIECE_BYTES = 64 * 1024
CONNECT_SECONDS = 5.0


def listener_open() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def listener_close(listener: socket.socket) -> None:
    """A close alone would not wake the thread that waits for visitors: it would wait for ever."""
    hang_up(listener)
    listener.close()


def hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was over already
        connection.shutdown(socket.SHUT_RDWR)
