"""The written form of a stream's address: what may be stored, and what of it may be shown."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit

from django.utils.translation import gettext as _

from cameras.choices import SourceKind
from vms.errors import InvalidError
from workers.runtime.contract import address_of

SCHEMES = {SourceKind.RTSP: ("rtsp", "rtsps"), SourceKind.HTTP: ("http", "https")}
LONGEST = 2_000
UNWANTED = re.compile(r"[\x00-\x20\x7f-\U0010ffff\\]")
LOGIN_IN_PATH = re.compile(r"/[^/]*(user|pass|pwd|token|key)[^/=]*=.*", re.IGNORECASE)
"""As some cameras want it: /user=guard_password=secret_channel=1_stream=0.sdp."""
HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
"""A last label like this makes C's resolver read the whole as a number, in any base and of any length."""


def address_require(source_kind: str, url: str, *, field: str = "url") -> None:
    """Raise InvalidError where ``url`` is no address of that kind, in a form that everything reads alike.

    Recordings need none. The sentence never repeats the address.
    """
    schemes = SCHEMES.get(SourceKind(source_kind)) if source_kind in SourceKind.values else None
    if schemes is not None:
        sentence = _objection(url, schemes)
        if sentence:
            raise InvalidError(sentence, fields={field: [sentence]})


def source_kind_of(url: str) -> str:
    """The kind of camera that an address belongs to; RTSP where it cannot be told."""
    scheme = url.partition(":")[0].lower()
    return SourceKind.HTTP if scheme in SCHEMES[SourceKind.HTTP] else SourceKind.RTSP


def address_host(url: str) -> str:
    """The host alone; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def address_words(url: str) -> str:
    """What may be shown of a stored address: never its user, password, path or query."""
    host = address_host(url)
    return _("set, host %(host)s") % {"host": host} if host else _("not set")


def address_bare(url: str) -> str:
    """The address without login, query and what of its path may be a login; empty where it cannot be told."""
    parts = _parts(url)
    if parts is None or not parts.hostname:
        return ""
    path = LOGIN_IN_PATH.sub("/", parts.path)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], path=path, query="", fragment="").geturl()


def address_with_login(url: str, user: str, password: str) -> str:
    """``url`` with the login written into it, whatever characters that holds; unchanged where there is none."""
    if not user and not password:
        return url
    scheme, separator, rest = url.partition("://")
    place = rest.split("/", 1)
    host = place[0].rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return f"{scheme}{separator}{login}@{'/'.join([host, *place[1:]])}"


def _objection(url: str, schemes: tuple[str, ...]) -> str:
    if len(url) > LONGEST:
        return _("The stream's address is longer than %(longest)s characters.") % {"longest": LONGEST}
    if UNWANTED.search(url):
        return _(
            "The stream's address holds blanks, backslashes or characters other than ASCII. Write them as %20 and the "
            "like, and a host's name in its ASCII form (xn--…)."
        )
    parts = _parts(url)
    if parts is None or parts.scheme not in schemes or not parts.hostname or parts.port == 0:
        return _("The stream's address must start with %(schemes)s:// and name a host.") % {"schemes": schemes[0]}
    return (
        "" if _is_host(parts.hostname) else _("The host in the stream's address is neither a name nor an IP address.")
    )


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_host(host: str) -> bool:
    if address_of(host) is not None:
        return "%" not in host
    last = host.rstrip(".").rpartition(".")[2]
    return len(host) <= 253 and HOST_NAME.fullmatch(host) is not None and NUMBER.fullmatch(last) is None
