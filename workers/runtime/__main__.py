"""Entry point of a GPU host: ``python -m workers.runtime``. One process; it ends at SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

import structlog
from dramatiq import Worker

from workers.runtime.actors import chunk_broker
from workers.runtime.logs import configure_logs
from workers.runtime.models import ModelError
from workers.runtime.node import Node, SpoolInUseError
from workers.runtime.settings import NodeSettings, SettingsError

log = structlog.get_logger(__name__)

LAST_WORK_MS = 4_000


def main() -> int:
    configure_logs()
    try:
        settings = NodeSettings.from_environment()
        node = Node(settings)
    except (SettingsError, SpoolInUseError, ModelError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    asked_to_stop = _stop_signals(node)
    node.start()
    worker = Worker(chunk_broker(settings.redis_url, node), worker_threads=1)
    # One message at a time: a job that this node could not begin yet belongs to whichever node is free.
    worker.queue_prefetch = 1
    worker.start()
    asked_to_stop.wait()
    worker.stop(timeout=LAST_WORK_MS)
    node.close()
    return 0


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
    sys.exit(main())
