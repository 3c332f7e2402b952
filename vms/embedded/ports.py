"""Finds a free port for the web process on the loopback interface."""

from __future__ import annotations

import socket

from vms.embedded.errors import StartError

LOOPBACK = "127.0.0.1"
FIRST_PORT = 8000
LAST_PORT = 8099


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the web process does: a port in TIME_WAIT counts as free, one that is listened on does not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def port_answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((LOOPBACK, port)) == 0


def choose_port(wanted: str) -> int:
    """``wanted`` is VMS_PORT as the user wrote it, or empty for the first free port."""
    if not wanted:
        for port in range(FIRST_PORT, LAST_PORT + 1):
            if port_is_free(port):
                return port
        raise StartError(f"All ports from {FIRST_PORT} to {LAST_PORT} are taken. Set VMS_PORT to a free one.")
    if not wanted.isascii() or not wanted.isdigit() or not 1 <= int(wanted) <= 65535:
        raise StartError(f"VMS_PORT is {wanted!r}; use a number from 1 to 65535.")
    if not port_is_free(int(wanted)):
        raise StartError(f"Port {wanted} is taken or not yours to use. Set VMS_PORT to a free one, or leave it out.")
    return int(wanted)
