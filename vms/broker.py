"""The two Dramatiq brokers: ``vms`` for the tasks host, ``vms-gpu`` for GPU hosts (send only, by id)."""

from __future__ import annotations

import dramatiq
import structlog
from django.conf import settings
from django.db import close_old_connections
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import AgeLimit, Callbacks, Middleware, Retries, ShutdownNotifications, TimeLimit
from redis.exceptions import RedisError

from workers.runtime.contract import CHUNK_ACTOR, CHUNK_QUEUE, GPU_NAMESPACE, STREAM_ACTOR, stream_queue

log = structlog.get_logger(__name__)

STREAM_MESSAGE_AGE_MS = 10_000
DELIVERIES_QUEUE = "deliveries"
PROMPT_MS = 50


class CloseConnections(Middleware):
    """Gives database connections back around each message, as a request does."""

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        close_old_connections()

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        close_old_connections()


def _task_middleware() -> list[Middleware]:
    return [
        AgeLimit(max_age=3_600_000),
        TimeLimit(),
        ShutdownNotifications(),
        Callbacks(),
        Retries(max_retries=0),
        CloseConnections(),
    ]


class PromptBroker(RedisBroker):
    """Looks for messages to people more often than Dramatiq, which waits up to a second after a quiet while."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        return super().consume(queue_name, prefetch, PROMPT_MS if queue_name == DELIVERIES_QUEUE else timeout)


tasks_broker = PromptBroker(  # type: ignore[no-untyped-call]  # its __init__ is Dramatiq's
    url=settings.REDIS_URL, namespace="vms", middleware=_task_middleware()
)
gpu_broker = RedisBroker(url=settings.REDIS_GPU_URL, namespace=GPU_NAMESPACE, middleware=[])
gpu_broker.declare_queue(CHUNK_QUEUE)
dramatiq.set_broker(tasks_broker)


def chunk_send(job_id: str) -> None:
    """Wake a GPU host for a job. Losing this message costs a sweep, never the job."""
    gpu_broker.enqueue(
        dramatiq.Message(queue_name=CHUNK_QUEUE, actor_name=CHUNK_ACTOR, args=(job_id,), kwargs={}, options={})
    )


def stream_send(node_id: int, stream_id: str) -> None:
    """Wake a node for a live camera; later than in ten seconds the camera may be another's.

    Whoever reconciles sends it again, so that a queue that is down is logged and no error.
    """
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name=stream_queue(node_id),
        actor_name=STREAM_ACTOR,
        args=(stream_id,),
        kwargs={},
        options={"max_age": STREAM_MESSAGE_AGE_MS},
    )
    try:
        gpu_broker.enqueue(message)
    except (ConnectionClosed, RedisError) as error:
        log.warning("stream.not_sent", node_id=node_id, error=str(error))


def gpu_queues_answer() -> bool:
    """Whether anything can be sent to nodes now."""
    try:
        return bool(gpu_broker.client.ping())
    except RedisError:
        return False


def chunk_queue_length() -> int:
    """How many messages wait for a GPU host or are with one."""
    return int(gpu_broker.do_qsize(CHUNK_QUEUE))
