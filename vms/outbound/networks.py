"""Which addresses may be connected to: the public internet, and what an administrator has listed."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# No receiver is there, but what hands out a cloud machine's keys: no list opens these.
NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "168.63.129.16/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "224.0.0.0/3",
        "::/128",
        "fe80::/10",
        "fd00:ec2::254/128",
        "ff00::/8",
    )
)
PUBLIC_V6 = ipaddress.ip_network("2000::/3")
# Inside the public range, yet each stands for another address: Teredo and other protocols' own, 6to4, and its relays.
STAND_INS = tuple(ipaddress.ip_network(text) for text in ("2001::/23", "2002::/16", "192.88.99.0/24"))


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets through the public internet and ``networks`` (CIDR texts), which an administrator has set."""

    networks: tuple[str, ...] = ()

    def allows(self, address: Address) -> bool:
        address = _meant(address)
        if _inside(address, NEVER):
            return False
        return _public(address) or _inside(address, map(ipaddress.ip_network, self.networks))

    def allows_text(self, text: str) -> bool:
        """As ``allows``; what is no plain address, such as ``fe80::1%eth0``, is refused."""
        try:
            return self.allows(ipaddress.ip_address(text))
        except ValueError:
            return False


def _meant(address: Address) -> Address:
    """An IPv4 address in the clothes of IPv6 is that IPv4 address."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _public(address: Address) -> bool:
    if _inside(address, STAND_INS) or not address.is_global:
        return False
    return isinstance(address, ipaddress.IPv4Address) or address in PUBLIC_V6


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
