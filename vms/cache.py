"""The cache's connections to Valkey, shared by all threads and requests of a process."""

from __future__ import annotations

from threading import Lock
from typing import ClassVar

from redis import ConnectionPool


class SharedPool(ConnectionPool):
    """Django makes a cache for each thread, and under ASGI for each request, with a pool of its own.

    Its option ``pool_class`` takes a class whose ``from_url`` makes the pool; this one makes one for each address.
    """

    _pools: ClassVar[dict[str, SharedPool]] = {}
    _pools_lock: ClassVar[Lock] = Lock()

    @classmethod
    def from_url(cls, url: str, **options: object) -> SharedPool:
        with cls._pools_lock:
            if url not in cls._pools:
                cls._pools[url] = super().from_url(url, **options)
            return cls._pools[url]
