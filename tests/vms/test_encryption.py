"""Secrets at rest can be read back with the same key and purpose only."""

import pytest
from django.test import override_settings

from vms.storage.encryption import DecryptionError, decrypt, encrypt


def test_a_secret_is_read_back_as_it_was() -> None:
    assert decrypt(encrypt("rtsp://a:ü@b/c", purpose="camera-url"), purpose="camera-url") == "rtsp://a:ü@b/c"


def test_the_same_secret_never_looks_the_same_twice() -> None:
    assert encrypt("x", purpose="p") != encrypt("x", purpose="p")


def test_a_secret_of_another_purpose_is_refused() -> None:
    with pytest.raises(DecryptionError):
        decrypt(encrypt("x", purpose="camera-url"), purpose="node-token")


def test_a_secret_of_another_key_is_refused() -> None:
    sealed = encrypt("x", purpose="p")
    with override_settings(SECRET_KEY="another key altogether"), pytest.raises(DecryptionError):
        decrypt(sealed, purpose="p")


def test_a_changed_secret_is_refused() -> None:
    sealed = encrypt("secret", purpose="p")
    flipped = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]
    with pytest.raises(DecryptionError):
        decrypt(flipped, purpose="p")
