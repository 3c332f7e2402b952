"""A process that can only connect to where it may, whichever library in it asks.

For code of others that opens its own connections. Python reports each connection to its audit hooks at the moment it
is made, with the address itself: there is nothing between check and use, and a hook cannot be taken off again.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

from vms.outbound.networks import Guard

INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})
FORBIDDEN = (
    "ctypes.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pty.spawn",
    "socket.bind",
    "socket.sendmsg",
    "socket.sendto",
    "subprocess.Popen",
)


class Enclosure:
    """``refused`` holds the addresses that something in this process wanted and did not get."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.refused: list[str] = []

    def close(self) -> None:
        """From here on; there is no way back in this process."""
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            self._check(arguments[0], arguments[1])
        elif event.startswith(FORBIDDEN):
            raise PermissionError(f"{event} is not for this process")

    def _check(self, connection: socket.socket, address: object) -> None:
        host = str(address[0]) if isinstance(address, tuple) and connection.family in INTERNET else ""
        # A name in place of an address would be looked up after this check; it is none, so it is refused.
        if not self.guard.allows_text(host):
            self.refused.append(host)
            raise PermissionError("the address is in a network to which nothing may be sent")
