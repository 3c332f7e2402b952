"""The queues that wake a GPU host: messages name a job or a stream, and everything else is asked of the platform."""

from __future__ import annotations

import uuid

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit

from workers.runtime.contract import CHUNK_ACTOR, CHUNK_QUEUE, GPU_NAMESPACE, STREAM_ACTOR, stream_queue
from workers.runtime.node import Node

CHUNK_MAX_AGE_MS = 3_600_000
STREAM_MAX_AGE_MS = 60_000
"""Who minds the streams says again what nobody has taken; an order of long ago may be another's by now."""


def node_broker(redis_url: str, node: Node, node_id: int) -> dramatiq.Broker:
    """A broker with the two actors of a GPU host.

    No retries: the truth is the chunk's or the stream's row, and whoever minds it sends again. No time limit: the
    limit is a lease that nobody keeps up, and a process in which nothing moves ends itself.
    """
    broker = RedisBroker(url=redis_url, namespace=GPU_NAMESPACE, middleware=[AgeLimit()])

    def process_chunk(job_id: str) -> None:
        node.work(uuid.UUID(job_id))

    def watch_stream(stream_id: str) -> None:
        node.watch(uuid.UUID(stream_id))

    # An actor declares itself to its broker.
    dramatiq.Actor(
        process_chunk,
        broker=broker,
        actor_name=CHUNK_ACTOR,
        queue_name=CHUNK_QUEUE,
        priority=0,
        options={"max_age": CHUNK_MAX_AGE_MS},
    )
    dramatiq.Actor(
        watch_stream,
        broker=broker,
        actor_name=STREAM_ACTOR,
        queue_name=stream_queue(node_id),
        priority=0,
        options={"max_age": STREAM_MAX_AGE_MS},
    )
    return broker
