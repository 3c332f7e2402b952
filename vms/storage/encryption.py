"""Secrets and files at rest: AES-256-GCM under a key derived from the platform's secret key."""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12


class DecryptionError(Exception):
    """The secret was written under another key, or was changed."""


def _cipher(purpose: str) -> AESGCM:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"vms:{purpose}".encode())
    return AESGCM(derived.derive(settings.SECRET_KEY.encode()))


def encrypt(text: str, *, purpose: str) -> str:
    """Return URL-safe base64 of nonce and ciphertext; ``purpose`` binds it to the place it is used in."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(purpose).encrypt(nonce, text.encode(), purpose.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def decrypt(sealed: str, *, purpose: str) -> str:
    """Undo ``encrypt``.

    Raises:
        DecryptionError: wrong key, wrong purpose or changed bytes.
    """
    raw = base64.urlsafe_b64decode(sealed)
    try:
        return _cipher(purpose).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
    except InvalidTag:
        raise DecryptionError(f"the stored {purpose} cannot be read with this VMS_SECRET_KEY") from None


def seal(data: bytes, *, purpose: str, name: str) -> bytes:
    """Nonce and ciphertext of a whole file; ``name`` binds it to its place, so that no file can stand for another."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(purpose).encrypt(nonce, data, name.encode())


def unseal(sealed: bytes, *, purpose: str, name: str) -> bytes:
    """Undo ``seal``.

    Raises:
        DecryptionError: wrong key, wrong purpose, another file's name, or changed bytes.
    """
    try:
        return _cipher(purpose).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
    except (InvalidTag, ValueError):
        raise DecryptionError(f"the stored {purpose} cannot be read with this VMS_SECRET_KEY") from None
