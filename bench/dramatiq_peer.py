"""A Dramatiq worker as it is by default, but for a namespace of its own: it holds a message for as long as it lives."""

from __future__ import annotations

import os
import time
from pathlib import Path

import dramatiq
from dramatiq.brokers.redis import RedisBroker

NAMESPACE = "bench-failover"

broker = RedisBroker(url=os.environ["BENCH_PEER_REDIS"], namespace=NAMESPACE)
dramatiq.set_broker(broker)


@dramatiq.actor
def hold(notes: str) -> None:
    with Path(notes).open("a", encoding="utf-8") as file:
        file.write(f"{os.getppid()} {time.time()}\n")
    time.sleep(3600)
