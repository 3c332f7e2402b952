"""Reading an address that a person wrote, strictly: what two parsers could read in two ways is refused."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from vms.outbound.errors import ForbiddenTargetError

MOST_CHARACTERS = 2_000
DEFAULT_PORTS = {"http": 80, "https": 443, "mqtt": 1883, "mqtts": 8883}
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# 127.1, 0x7f000001 and 017700000001 are addresses to the system's resolver.
NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")


@dataclass(frozen=True, slots=True)
class Target:
    """``host`` is lower case and ASCII; ``path`` begins with a slash and holds the query."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        """Without the path, which may hold a secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def target_of(url: str, schemes: tuple[str, ...] = ("https", "http")) -> Target:
    """Parse ``url``.

    Raises:
        ForbiddenTargetError: it is no plain address with one of ``schemes``.
    """
    if len(url) > MOST_CHARACTERS or not url.isprintable() or any(sign in url for sign in " \\"):
        raise ForbiddenTargetError(_("The address has characters that do not belong there, or is too long."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ForbiddenTargetError(_("The address cannot be read.")) from None
    if parts.scheme not in schemes:
        raise ForbiddenTargetError(
            _("The address must begin with %(value)s.") % {"value": " or ".join(f"{name}://" for name in schemes)}
        )
    if "@" in parts.netloc:
        raise ForbiddenTargetError(_("The address may not hold a user name or password."))
    if port == 0:
        raise ForbiddenTargetError(_("The address's port cannot be used."))
    query = f"?{parts.query}" if parts.query else ""
    host = host_checked(parts.hostname or "")
    return Target(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], _ascii(parts.path or "/") + query)


def host_checked(host: str) -> str:
    """A name or an address written in its one usual way, in lower case.

    Raises:
        ForbiddenTargetError: it is neither.
    """
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        name = host.encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    labels = name.rstrip(".").split(".")
    if len(name) > 253 or NUMBER.fullmatch(labels[-1]) or not all(LABEL.fullmatch(label) for label in labels):
        raise ForbiddenTargetError(_("The address names no host that can be used."))
    return name


def _ascii(path: str) -> str:
    if not path.isascii():
        raise ForbiddenTargetError(_("The address has characters that must be percent-encoded."))
    return path
