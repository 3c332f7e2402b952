"""What is pushed to open pages, and the groups it goes to: one for each camera, one for each user."""

from __future__ import annotations

from collections.abc import Sequence
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
    "camera.health",
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
    push_all([(group, message)])


def push_all(messages: Sequence[tuple[str, LiveMessage]]) -> None:
    """Send each to its group, by one event loop for all: hundreds of cameras can change at once."""
    layer = get_channel_layer()
    if layer is None:
        raise ImproperlyConfigured("CHANNEL_LAYERS has no default layer.")

    async def send() -> None:
        for group, message in messages:
            await layer.group_send(group, {"type": "live.message", "message": message})

    try:
        async_to_sync(send)()
    except (RedisError, OSError) as error:
        log.warning("live.push_failed", groups=[group for group, _ in messages[:10]], error=str(error))
