"""The cache in many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.core.cache import cache, caches


def test_threads_share_their_connections() -> None:
    together = Barrier(4)

    def pool(number: int) -> object:
        together.wait()
        cache.set(f"thread-{number}", number)
        own: Any = caches["default"]
        return own._cache._get_connection_pool(write=True)

    with ThreadPoolExecutor(4) as threads:
        assert len({id(found) for found in threads.map(pool, range(4))}) == 1
