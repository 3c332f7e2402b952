"""What is pushed to open pages, and the groups it goes to: one for each camera, one for each user."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, TypedDict

import redis
import structlog
from django.conf import settings
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

CHANNEL = "vms-live"
"""All processes with open pages listen to it, and know which of their pages are in a group (live_feed.py)."""
TIMEOUT_SECONDS = 5

Kind = Literal[
    "event.started",
    "event.updated",
    "alert.raised",
    "alert.updated",
    "job.progress",
    "report.progress",
    "export.progress",
    "access.changed",
    "camera.health",
    "inbox.count",
]


class LiveMessage(TypedDict):
    """``data`` is small and JSON: ids, states and what a row on a page needs."""

    kind: Kind
    id: str
    camera_id: int | None
    data: dict[str, Any]


Addressed = tuple[str, LiveMessage]
"""A group and what it is told."""


def camera_group(camera_id: int) -> str:
    return f"camera.{camera_id}"


def user_group(user_id: int) -> str:
    return f"user.{user_id}"


def push(group: str, message: LiveMessage) -> None:
    """Send to every open page in the group. Call it in ``transaction.on_commit``.

    A page that misses it catches up from PostgreSQL, so a queue that is down is logged and no error.
    """
    push_all([(group, message)])


def push_all(messages: Sequence[Addressed]) -> None:
    """Send each to its group, in one exchange for all: hundreds of cameras can change at once."""
    try:
        with _publisher().pipeline(transaction=False) as line:
            for group, message in messages:
                line.publish(CHANNEL, f"{group} {json.dumps(message)}")
            line.execute()
    except (RedisError, OSError) as error:
        log.warning("live.push_failed", groups=[group for group, _ in messages[:10]], error=str(error))


@cache
def _publisher() -> redis.Redis:
    """One pool for the process: a connection for each push would cost more than the push."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )
