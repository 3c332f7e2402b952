"""How long the queues of background work are and since when they are kept, in one question to each broker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from dramatiq.brokers.redis import RedisBroker

from vms.broker import gpu_broker, tasks_broker
from workers.runtime.contract import CHUNK_QUEUE, stream_queue


def queue_lengths(node_ids: Iterable[int]) -> dict[str, int]:
    """Messages that wait or are worked on, by queue. ``node_ids``: whose own queues are asked too."""
    task_queues = sorted({actor.queue_name for actor in tasks_broker.actors.values()})
    gpu_queues = [CHUNK_QUEUE, *(stream_queue(node_id) for node_id in node_ids)]
    return _lengths(tasks_broker, task_queues) | _lengths(gpu_broker, gpu_queues)


def queue_server_uptime_seconds() -> int:
    """Since the server began: where that falls back, it has lost what it held."""
    server = cast("dict[str, int]", tasks_broker.client.info("server"))
    return server["uptime_in_seconds"]


def _lengths(broker: RedisBroker, queues: list[str]) -> dict[str, int]:
    """Dramatiq keeps a queue's messages in a hash until they are acknowledged; the delayed ones have their own."""
    with broker.client.pipeline(transaction=False) as pipeline:
        for queue in queues:
            for name in (queue, f"{queue}.DQ"):
                pipeline.hlen(f"{broker.namespace}:{name}.msgs")
        lengths = pipeline.execute()
    return {queue: lengths[2 * place] + lengths[2 * place + 1] for place, queue in enumerate(queues)}
