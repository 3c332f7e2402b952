"""Entry point of web: uvicorn, as several processes that listen on one socket (``VMS_WEB_PROCESSES``).

A Python process answers on one core, whatever the machine has. Who is free takes the next connection.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import traceback
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from vms.embedded.processes import die_with_parent
from vms.env import Env

if TYPE_CHECKING:
    from channels.routing import ProtocolTypeRouter

MOST_UNASKED = 4
COUNTERS = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes write what they count, so that whichever is asked for ``/metrics`` knows the numbers of all."""
THREAD_SECONDS = 0.0005
"""How long a thread keeps the processor while others wait for it. With Python's 5 ms whoever takes in events or writes
to sockets, some hundred short steps, waits for all pages that are drawn meanwhile at each of them.
"""
SILENT_SECONDS = 30
"""A process that says nothing for so long hangs: another takes its place."""


def processes_wanted() -> int:
    return Env().integer("VMS_WEB_PROCESSES", min(os.cpu_count() or 1, MOST_UNASKED), least=1, most=64)


def application() -> ProtocolTypeRouter:
    """Called in each of several processes. What stops one from starting would stop the next: all end, and say why."""
    die_with_parent(signal.SIGKILL, parent=os.getppid())()
    try:
        return alone()
    except Exception:  # noqa: BLE001  the edge of a process
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(STARTUP_FAILURE)  # at once: while it tidied up, the supervisor would wait for a sign of life


def alone() -> ProtocolTypeRouter:
    from vms.asgi import application as web  # only here the settings are read
    from vms.memory import keep_memory_level

    keep_memory_level()
    sys.setswitchinterval(THREAD_SECONDS)
    return web


def listener(config: Config) -> socket.socket:
    """What comes in through it sends at once: an answer's body would wait 40 ms until its head is acknowledged.

    asyncio sees to that where uvicorn listens alone, but not on a socket it is given (uvicorn's issue 3149).
    """
    bound = config.bind_socket()
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
    return bound


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m vms.web_process", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    number = processes_wanted()
    config = Config(
        "vms.web_process:application" if number > 1 else "vms.web_process:alone",
        factory=True,
        host=options.host,
        port=options.port,
        workers=number,
        lifespan="off",
        ws="vms.gateway.websocket:ImpatientWebSocketProtocol",
        ws_per_message_deflate=False,
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
        timeout_worker_healthcheck=SILENT_SECONDS,
    )
    if number == 1:
        Server(config).run()
        return
    with TemporaryDirectory(prefix="vms-metrics-") as folder:
        os.environ[COUNTERS] = folder
        supervisor = Multiprocess(config, [listener(config)])
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
