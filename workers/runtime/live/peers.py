"""Which hosts this process is connected to, as the kernel has it: FFmpeg does not tell where it was sent on to."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from workers.runtime.contract import Address, address_of

DESCRIPTORS = Path("/dev/fd")


def peers() -> dict[int, Address] | None:
    """The other end of each TCP connection, by its socket's inode, which no later one has; None: cannot be known."""
    try:
        numbers = [int(path.name) for path in DESCRIPTORS.iterdir()]
    except OSError:
        return None
    found: dict[int, Address] = {}
    for number in numbers:
        try:
            inode = _socket_inode(number)
            peer = _peer(number) if inode is not None else None
        except OSError:
            continue  # closed meanwhile, or not connected
        if inode is not None and peer is not None:
            found[inode] = peer
    return found


def _socket_inode(number: int) -> int | None:
    status = os.fstat(number)
    return status.st_ino if stat.S_ISSOCK(status.st_mode) else None


def _peer(number: int) -> Address | None:
    with socket.socket(fileno=os.dup(number)) as copy:
        if copy.family not in (socket.AF_INET, socket.AF_INET6) or copy.type != socket.SOCK_STREAM:
            return None
        return address_of(str(copy.getpeername()[0]).partition("%")[0])
