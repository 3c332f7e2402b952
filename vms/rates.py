"""How often one user may do what costs others."""

from __future__ import annotations

from django.core.cache import cache


def within_rate(key: str, most: int, *, seconds: int = 60) -> bool:
    """Count once more; whether that is at most ``most`` since the first time within ``seconds``."""
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key) <= most
    except ValueError:  # it has just run out
        return True
