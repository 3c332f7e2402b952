"""Basic and digest login (RFC 7617, RFC 2617) as cameras ask for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal

REALM = "camera"

_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


@dataclass(frozen=True)
class Login:
    user: str
    password: str
    scheme: Literal["basic", "digest"] = "basic"

    def challenge(self, nonce: str) -> str:
        """The WWW-Authenticate header that asks for this login."""
        if self.scheme == "basic":
            return f'Basic realm="{REALM}"'
        return f'Digest realm="{REALM}", nonce="{nonce}", algorithm=MD5'

    def accepts(self, header: str, *, method: str, nonce: str) -> bool:
        """Whether an Authorization header proves the password, for this method and nonce."""
        scheme, _, rest = header.partition(" ")
        if scheme.lower() != self.scheme:
            return False
        if self.scheme == "basic":
            return hmac.compare_digest(rest.strip(), base64.b64encode(f"{self.user}:{self.password}".encode()).decode())
        return self._accepts_digest(rest, method=method, nonce=nonce)

    def _accepts_digest(self, rest: str, *, method: str, nonce: str) -> bool:
        fields = {match[1]: match[2] or match[3] or "" for match in _FIELD.finditer(rest)}
        if fields.get("username") != self.user or fields.get("nonce") != nonce:
            return False
        secret = _md5(f"{self.user}:{REALM}:{self.password}")
        request = _md5(f"{method}:{fields.get('uri', '')}")
        expected = _md5(f"{secret}:{nonce}:{request}")
        return hmac.compare_digest(fields.get("response", ""), expected)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # the scheme's own algorithm
