"""Where cameras may be: the one check that everything makes before it connects to a camera."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MOST_HOST_NAME = 253


class ForbiddenHostError(Exception):
    """The host is outside the networks in which cameras may be; the sentence names it, and no secrets."""


class UnknownHostError(Exception):
    """The host's name is not known."""


def host_pin(host: str, networks: Iterable[str], port: int = 0) -> str:
    """The address to connect to instead of ``host``: looked up once, so that no second answer can lead elsewhere.

    Every address that the name stands for must be allowed. ``networks`` are CIDR texts.

    Raises:
        ForbiddenHostError: one of its addresses is outside.
        UnknownHostError: the name has none.
    """
    allowed = [ipaddress.ip_network(network) for network in networks]
    addresses = _addresses(host, port)
    for address in addresses:
        if not any(address in network for network in allowed):
            raise ForbiddenHostError(f"{shown(host)} is in none of the networks in which cameras may be.")
    return str(addresses[0])


def address_of(text: str) -> Address | None:
    """The address that ``text`` writes in the one usual way; IPv4 inside IPv6 is what it stands for."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def shown(host: str) -> str:
    return host[:60] + ("…" if len(host) > 60 else "")


def _addresses(host: str, port: int) -> list[Address]:
    literal = address_of(host)
    if literal is not None:
        return [literal]
    try:
        found = socket.getaddrinfo(host[: MOST_HOST_NAME + 1], port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnknownHostError(f"The name {shown(host)} is not known in the network.") from None
    addresses = [address_of(str(entry[4][0])) for entry in found]
    if not addresses or None in addresses:  # an IPv6 scope such as fe80::1%eth0 is no address to connect to later
        raise UnknownHostError(f"The name {shown(host)} has no usable address.")
    return [address for address in addresses if address is not None]
