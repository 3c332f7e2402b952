"""What is pushed to open pages, and the groups it goes to: one for each camera, one for each user."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.exceptions import ImproperlyConfigured
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

Kind = Literal[
    "event.started",
    "event.updated",
    "alert.raised",
    "alert.updated",
    "job.progress",
    "report.progress",
    "access.changed",
]


class LiveMessage(TypedDict):
    """``data`` is small and JSON: ids, states and what a row on a page needs."""

    kind: Kind
    id: str
    camera_id: int | None
    data: dict[str, Any]


def camera_group(camera_id: int) -> str:
    return f"camera.{camera_id}"


def user_group(user_id: int) -> str:
    return f"user.{user_id}"


def push(group: str, message: LiveMessage) -> None:
    """Send to every open page in the group. Call it in ``transaction.on_commit``.

    A page that misses it catches up from PostgreSQL, so a queue that is down is logged and no error.
    """
    layer = get_channel_layer()
    if layer is None:
        raise ImproperlyConfigured("CHANNEL_LAYERS has no default layer.")
    try:
        async_to_sync(layer.group_send)(group, {"type": "live.message", "message": message})
    except (RedisError, OSError) as error:
        log.warning("live.push_failed", group=group, error=str(error))
