"""Entry point of a GPU host: ``python -m workers.runtime``. One process; it ends at SIGTERM or Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from dramatiq import Worker

from workers.runtime.actors import chunk_broker, stream_broker
from workers.runtime.contract import NodeRegistered
from workers.runtime.heaps import keep_few_heaps, start_giving_back
from workers.runtime.logs import configure_logs
from workers.runtime.models import ModelError
from workers.runtime.node import Node, SpoolInUseError
from workers.runtime.settings import NodeSettings, SettingsError

log = structlog.get_logger(__name__)

LAST_WORK_MS = 700
ORDERS_AT_A_TIME = 100


def main(make_node: Callable[[NodeSettings], Node] = Node) -> int:
    keep_few_heaps()
    configure_logs()
    try:
        settings = NodeSettings.from_environment()
        node = make_node(settings)
    except (SettingsError, SpoolInUseError, ModelError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    start_giving_back()
    asked_to_stop = _stop_signals(node)
    registered = node.start()
    workers = _workers(settings, node, registered) if registered is not None else []
    for worker in workers:
        worker.start()
    asked_to_stop.wait()
    for worker in workers:
        worker.stop(timeout=LAST_WORK_MS)
    node.close()
    return 0


def _workers(settings: NodeSettings, node: Node, registered: NodeRegistered) -> list[Worker]:
    chunks = Worker(chunk_broker(settings.redis_url, node), worker_threads=1)
    # One message at a time: a job that this node could not begin yet belongs to whichever node is free.
    chunks.queue_prefetch = 1
    streams = Worker(stream_broker(settings.redis_url, node, registered.node_id), worker_threads=1)
    streams.queue_prefetch = ORDERS_AT_A_TIME
    return [chunks, streams]


def _stop_signals(node: Node) -> threading.Event:
    asked = threading.Event()

    def stop() -> None:
        try:
            node.stop()
        finally:
            asked.set()

    def stop_signal(_number: int, _frame: FrameType | None) -> None:
        # From a thread: a signal handler may interrupt the very lock that stopping needs.
        threading.Thread(target=stop).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop_signal)
    return asked


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # At once: a thread that waits in a library for its camera could neither be joined nor survive the interpreter.
    os._exit(code)
