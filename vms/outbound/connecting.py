"""Connecting to a host whose addresses were checked: the one that was checked is the one connected to."""

from __future__ import annotations

import socket

from vms.outbound.deadline import Deadline
from vms.outbound.errors import ForbiddenTargetError, OutboundError
from vms.outbound.networks import Guard

CONNECT_SECONDS = 5.0


def connect(host: str, port: int, *, guard: Guard, deadline: Deadline) -> socket.socket:
    """A connection, looked up once; every address that the name stands for must be allowed.

    Raises:
        ForbiddenTargetError: one of them is not; nothing was connected to.
        OutboundError: the name is unknown, or nobody answers.
    """
    refusal = OutboundError(f"The name {host} is not known.")
    for address in addresses_checked(host, port, guard=guard, deadline=deadline):
        try:
            connection = socket.create_connection((address, port), min(CONNECT_SECONDS, deadline.remaining()))
        except OSError as error:
            refusal = OutboundError(f"{host} cannot be connected to: {_reason(error)}.")
            continue
        connection.settimeout(deadline.remaining())
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        deadline.watch(connection)
        return connection
    raise refusal


def addresses_checked(host: str, port: int, *, guard: Guard, deadline: Deadline) -> list[str]:
    """The addresses of ``host``, as texts that need no further look-up; errors as for ``connect``."""
    try:
        found = deadline.asked(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        raise OutboundError(f"The name {host} is not known.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(guard.allows_text(address) for address in addresses):
        raise ForbiddenTargetError(f"{host} is in a network to which nothing may be sent.")
    return addresses


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    return (error.strerror or type(error).__name__).lower()
