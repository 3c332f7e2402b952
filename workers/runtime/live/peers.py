"""Which hosts this process is connected to, as the kernel has it: FFmpeg does not tell where it was sent on to."""

from __future__ import annotations

import os
import resource
import socket
import stat
from collections.abc import Iterable
from pathlib import Path

from workers.runtime.contract import Address, address_of

DESCRIPTORS = Path("/dev/fd")
MOST_DESCRIPTORS = 65_536


def peers() -> dict[int, Address]:
    """The other end of each TCP connection, by its socket's inode, which no later one has."""
    found: dict[int, Address] = {}
    for number in _descriptors():
        try:
            inode = _socket_inode(number)
            peer = _peer(number) if inode is not None else None
        except OSError:
            continue  # closed meanwhile, or not connected
        if inode is not None and peer is not None:
            found[inode] = peer
    return found


def _descriptors() -> Iterable[int]:
    """Those that are open; where the system does not list them, all that may be."""
    try:
        return [int(path.name) for path in DESCRIPTORS.iterdir()]
    except OSError:
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return range(MOST_DESCRIPTORS if limit == resource.RLIM_INFINITY else min(limit, MOST_DESCRIPTORS))


def _socket_inode(number: int) -> int | None:
    status = os.fstat(number)
    return status.st_ino if stat.S_ISSOCK(status.st_mode) else None


def _peer(number: int) -> Address | None:
    with socket.socket(fileno=os.dup(number)) as copy:
        if copy.family not in (socket.AF_INET, socket.AF_INET6) or copy.type != socket.SOCK_STREAM:
            return None
        return address_of(str(copy.getpeername()[0]).partition("%")[0])
