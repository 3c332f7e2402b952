"""How a request of a node proves who sent it."""

from __future__ import annotations

import hashlib
import hmac

SIGNATURE_HEADER = "X-VMS-Signature"
NODE_HEADER = "X-VMS-Node"
TIMESTAMP_HEADER = "X-VMS-Timestamp"
NONCE_HEADER = "X-VMS-Nonce"
CONTENT_HEADER = "X-VMS-Content-SHA256"
"""The body's SHA-256 in hex: signed, so a long body can be trusted before it has been read and is checked as it is."""
MAX_CLOCK_SKEW_SECONDS = 300
CONTRACT_HEADER = "X-VMS-Contract"
"""Which version of the messages the node reads; nodes that do not say so read the first."""
CONTRACT_VERSION = 2


def sign(secret: str, *, method: str, path: str, timestamp: str, nonce: str, body_sha256: str) -> str:
    """HMAC-SHA256 (hex) over the request line, its time, nonce and the body's SHA-256; ``path`` includes the query."""
    text = "\n".join((method.upper(), path, timestamp, nonce, body_sha256))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
