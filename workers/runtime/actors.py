"""The queues that wake a GPU host: messages name a job or a stream, and everything else is asked of the platform."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit

from workers.runtime.contract import CHUNK_ACTOR, CHUNK_QUEUE, GPU_NAMESPACE, STREAM_ACTOR, stream_queue
from workers.runtime.node import Node

CHUNK_MAX_AGE_MS = 3_600_000
STREAM_MAX_AGE_MS = 60_000
"""Who minds the streams says again what nobody has taken; an order of long ago may be another's by now."""


def chunk_broker(redis_url: str, node: Node) -> dramatiq.Broker:
    """A broker with the actor that works through recordings.

    No retries: the truth is the chunk's row, and whoever minds it sends again. No time limit: the limit is a lease
    that nobody keeps up, and a process in which nothing moves ends itself.
    """

    def process_chunk(job_id: str) -> None:
        node.work(uuid.UUID(job_id))

    return _broker(redis_url, process_chunk, CHUNK_ACTOR, CHUNK_QUEUE, CHUNK_MAX_AGE_MS)


def stream_broker(redis_url: str, node: Node, node_id: int) -> dramatiq.Broker:
    """A broker with the actor that begins to watch cameras, on this node's own queue; the same holds for its orders."""

    def watch_stream(stream_id: str) -> None:
        node.watch(uuid.UUID(stream_id))

    return _broker(redis_url, watch_stream, STREAM_ACTOR, stream_queue(node_id), STREAM_MAX_AGE_MS)


def _broker(redis_url: str, work: Callable[[str], None], name: str, queue: str, max_age_ms: int) -> dramatiq.Broker:
    """Each queue has a broker and a worker of its own: orders to watch a stream do not wait until a chunk is done."""
    broker = RedisBroker(url=redis_url, namespace=GPU_NAMESPACE, middleware=[AgeLimit(max_age=max_age_ms)])
    # An actor declares itself to its broker.
    dramatiq.Actor(work, broker=broker, actor_name=name, queue_name=queue, priority=0, options={})
    return broker
