"""The queue that wakes a GPU host: messages name a job, and everything else is asked of the platform."""

from __future__ import annotations

import uuid

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit

from workers.runtime.contract import CHUNK_ACTOR, CHUNK_QUEUE, GPU_NAMESPACE
from workers.runtime.node import Node

MAX_AGE_MS = 3_600_000


def chunk_broker(redis_url: str, node: Node) -> dramatiq.Broker:
    """A broker with the one actor of a GPU host.

    No retries: the truth is the chunk's row, and whoever minds it sends again. No time limit: the limit is a lease
    that nobody keeps up, and a process in which nothing moves ends itself.
    """
    broker = RedisBroker(url=redis_url, namespace=GPU_NAMESPACE, middleware=[AgeLimit(max_age=MAX_AGE_MS)])

    def process_chunk(job_id: str) -> None:
        node.work(uuid.UUID(job_id))

    # An actor declares itself to its broker.
    dramatiq.Actor(process_chunk, broker=broker, actor_name=CHUNK_ACTOR, queue_name=CHUNK_QUEUE, priority=0, options={})
    return broker
