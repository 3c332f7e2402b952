"""``/healthz``: this process answers. ``/readyz``: it can reach what it needs."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from psycopg_pool import PoolTimeout
from redis import Redis
from redis.exceptions import RedisError

from vms.errors import DomainError
from vms.storage.media import space_require

log = structlog.get_logger(__name__)
FAULTS = (DatabaseError, PoolTimeout, RedisError, OSError, DomainError)


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """503 with the name of each part that is missing; the reasons go to the log, not to strangers."""
    checks = {name: _passes(name, check) for name, check in CHECKS.items()}
    ready = all(checks.values())
    return JsonResponse({"status": "ok" if ready else "not ready", "checks": checks}, status=200 if ready else 503)


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except FAULTS as error:
        log.warning("readyz.failed", check=name, error=str(error))
        return False
    return True


def _database() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise DatabaseError("there are migrations that were not applied")


def _redis() -> None:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
        client.ping()


def _storage() -> None:
    space_require(0)


CHECKS: dict[str, Callable[[], None]] = {"database": _database, "redis": _redis, "storage": _storage}
