"""The queues that wake a GPU host: messages name a job or a stream, and everything else is asked of the platform."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware, SkipMessage

from workers.runtime.contract import CHUNK_ACTOR, CHUNK_QUEUE, GPU_NAMESPACE, STREAM_ACTOR, stream_queue
from workers.runtime.node import Node

CHUNK_MAX_AGE_MS = 3_600_000
STREAM_MAX_AGE_MS = 60_000
"""Who minds the streams says again what nobody has taken; an order of long ago may be another's by now."""


class PlatformAgeLimit(Middleware):
    """Skips orders of long ago, by the platform's clock: a host whose own is wrong would skip every one, or none."""

    def __init__(self, now_ms: Callable[[], int], max_age_ms: int) -> None:
        self._now_ms, self._max_age_ms = now_ms, max_age_ms

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        if self._now_ms() - message.message_timestamp >= self._max_age_ms:
            raise SkipMessage("The order is of long ago.")


def chunk_broker(redis_url: str, node: Node) -> dramatiq.Broker:
    """A broker with the actor that works through recordings.

    No retries: the truth is the chunk's row, and whoever minds it sends again. No time limit: the limit is a lease
    that nobody keeps up, and a process in which nothing moves ends itself.
    """

    def process_chunk(job_id: str) -> None:
        node.work(uuid.UUID(job_id))

    limit = PlatformAgeLimit(node.platform_ms, CHUNK_MAX_AGE_MS)
    return _broker(redis_url, process_chunk, CHUNK_ACTOR, CHUNK_QUEUE, limit)


def stream_broker(redis_url: str, node: Node, node_id: int) -> dramatiq.Broker:
    """A broker with the actor that begins to watch cameras, on this node's own queue; the same holds for its orders."""

    def watch_stream(stream_id: str) -> None:
        node.watch(uuid.UUID(stream_id))

    limit = PlatformAgeLimit(node.platform_ms, STREAM_MAX_AGE_MS)
    return _broker(redis_url, watch_stream, STREAM_ACTOR, stream_queue(node_id), limit)


def _broker(redis_url: str, work: Callable[[str], None], name: str, queue: str, limit: Middleware) -> dramatiq.Broker:
    """Each queue has a broker and a worker of its own: orders to watch a stream do not wait until a chunk is done."""
    broker = RedisBroker(url=redis_url, namespace=GPU_NAMESPACE, middleware=[limit])
    # An actor declares itself to its broker.
    dramatiq.Actor(work, broker=broker, actor_name=name, queue_name=queue, priority=0, options={})
    return broker
