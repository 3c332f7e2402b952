"""What nodes measured of themselves, newest only, in Valkey under its own prefix; losing it costs one heartbeat."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import cast

import redis
import structlog
from django.conf import settings
from django.utils import timezone
from pydantic import BaseModel, ValidationError
from redis.backoff import NoBackoff
from redis.retry import Retry

from workers.models import WorkerNode
from workers.runtime.contract import NodeLoad

log = structlog.get_logger(__name__)

PREFIX = "vms-coordination"
HEARTBEATS_KEPT = 4


class MeasuredLoad(BaseModel):
    """A node's load as its process ``boot_id`` told it ``at``."""

    boot_id: uuid.UUID
    at: datetime
    load: NodeLoad


@cache
def _client() -> redis.Redis:
    # One more try for a connection that went stale; nobody may wait long for what is only a measurement.
    retry = Retry(NoBackoff(), 1)
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=retry)


def _key(node_id: int) -> str:
    return f"{PREFIX}:load:{node_id}"


def load_keep(*, node: WorkerNode, boot_id: uuid.UUID, load: NodeLoad) -> None:
    """Note what the node measured; without Valkey it is simply not known until the next heartbeat."""
    measured = MeasuredLoad(boot_id=boot_id, at=timezone.now(), load=load)
    seconds = HEARTBEATS_KEPT * settings.NODE_HEARTBEAT_SECONDS
    try:
        _client().set(_key(node.id), measured.model_dump_json(), ex=seconds)
    except redis.RedisError as error:
        log.warning("coordination.not_written", node=node.name, error=str(error))


def loads_of(nodes: Iterable[WorkerNode]) -> dict[int, MeasuredLoad]:
    """The newest load of each node by its id; a node that told none lately, or in an earlier process, is left out."""
    boots = {node.id: node.boot_id for node in nodes}
    if not boots:
        return {}
    try:
        texts = cast(list[bytes | None], _client().mget([_key(node_id) for node_id in boots]))
    except redis.RedisError as error:
        log.warning("coordination.not_read", error=str(error))
        return {}
    found = {node_id: _parsed(text) for node_id, text in zip(boots, texts, strict=True)}
    return {node_id: load for node_id, load in found.items() if load is not None and load.boot_id == boots[node_id]}


def _parsed(text: bytes | None) -> MeasuredLoad | None:
    """None also for what another version wrote."""
    try:
        return MeasuredLoad.model_validate_json(text) if text else None
    except ValidationError:
        return None
