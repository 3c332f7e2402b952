"""Whom we trust."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def tls_context() -> ssl.SSLContext:
    """One for all: reading the authorities' certificates takes longer than a short exchange."""
    return ssl.create_default_context()
