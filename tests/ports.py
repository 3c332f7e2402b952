"""Ports of this machine for servers that are started a moment later, and perhaps again."""

from __future__ import annotations

import socket
import sys

_KEPT: list[socket.socket] = []


def free_port() -> int:
    """One of the loopback that nobody else is given while this process runs, until a server listens there or after.

    On Linux a socket that does not listen leaves its port to one that does, where both say SO_REUSEADDR (asyncio's
    servers do), and the system gives the port to nobody who takes any.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    port: int = kept.getsockname()[1]
    if sys.platform == "linux":
        _KEPT.append(kept)
    else:
        kept.close()
    return port
