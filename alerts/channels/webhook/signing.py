"""Signatures as in Standard Webhooks 1.0: HMAC-SHA256 over id, timestamp and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
KEY_BYTES = 32
LEAST_BYTES, MOST_BYTES = 24, 64


def key_new() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def key_bytes(key: str) -> bytes:
    """The bytes that a key writes.

    Raises:
        ValueError: it is no key of 24 to 64 bytes.
    """
    try:
        raw = base64.b64decode(key.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("This is no signing key: it must be base64, after whsec_.") from error
    if not LEAST_BYTES <= len(raw) <= MOST_BYTES:
        raise ValueError(f"A signing key has {LEAST_BYTES} to {MOST_BYTES} bytes.")
    return raw


def signature_header(keys: Sequence[str], identity: str, timestamp: str, body: bytes) -> str:
    """One signature for each live key, so that a receiver may know either while the keys are changed."""
    content = f"{identity}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(key_bytes(key), content)}" for key in keys)


def _signature(key: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
