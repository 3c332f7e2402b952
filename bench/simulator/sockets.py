"""Listening and closing on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

HOST = "127.0.0.1"


def port_keep(port: int) -> socket.socket:
    """Until this is closed the system gives the port to nobody; whoever listens there with SO_REUSEADDR may."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with contextlib.suppress(OSError):  # elsewhere than on Linux it is not to be kept
        kept.bind((HOST, port))
    return kept


def connection_close(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    """Close a connection, at once and with a TCP reset if asked for."""
    if not reset:
        writer.close()
        return
    raw = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        # Linger on, for no seconds: the kernel answers with RST instead of FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
