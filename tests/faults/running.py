"""A web process and a GPU-host process beside the test, on its database, to be killed as it likes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

from tests.ports import free_port
from workers.services.leases import leases_expire
from workers.services.nodes import node_ensure
from workers.services.sweeping import jobs_wake

REPOSITORY = Path(__file__).resolve().parents[2]
NODE = "fault-node"
TOKEN = "a-token-that-only-these-tests-know-0123456789"
TURN_SECONDS = 0.05
WORKER_VARIABLES = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR", "OMP_NUM_THREADS")
"""All that a worker inherits: no database, no secret."""


def test_database_url() -> str:
    url = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))


@dataclass
class Running:
    """``folder`` holds the spool and the processes' logs."""

    folder: Path
    models_dir: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    def start_web(self) -> None:
        environment = {
            **os.environ,
            **self.variables,
            "DATABASE_URL": test_database_url(),
            "VMS_MEDIA_DIR": str(settings.MEDIA_ROOT),
            "VMS_STORAGE_RESERVE_BYTES": "0",
            "VMS_WEB_PROCESSES": "1",
            "DJANGO_SETTINGS_MODULE": "vms.settings.test",
        }
        self._start("web", ["vms.web_process", "--port", str(self.port)], environment)

    def start_worker(self, **more: str) -> None:
        environment = {name: os.environ[name] for name in WORKER_VARIABLES if name in os.environ} | {
            "VMS_NODE_NAME": NODE,
            "VMS_NODE_TOKEN": TOKEN,
            "VMS_INTERNAL_URL": f"http://127.0.0.1:{self.port}",
            "REDIS_GPU_URL": os.environ["REDIS_GPU_URL"],
            "VMS_MODELS_DIR": str(self.models_dir),
            "VMS_SPOOL_DIR": str(self.spool),
        }
        self._start("worker", ["workers.runtime"], environment | more)

    def _start(self, name: str, module: list[str], environment: Mapping[str, str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=REPOSITORY, env=environment, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self, name: str, seconds: float = 60) -> int:
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(seconds)

    def wait_for_web(self) -> None:
        def answers() -> bool:
            assert self.processes["web"].poll() is None, self.log("web")[-4000:]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as response:
                    return bool(response.status == 200)
            except OSError:
                return False

        wait_until(answers, 120, "the web process answers")

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""


@contextmanager
def running(folder: Path, models_dir: Path, **variables: str) -> Iterator[Running]:
    """Both processes, started; whatever is left of them is killed at the end."""
    node_ensure(name=NODE, token=TOKEN)
    platform = Running(folder, models_dir, variables)
    platform.spool.mkdir()
    try:
        platform.start_web()
        platform.start_worker()
        platform.wait_for_web()
        yield platform
    finally:
        for name in list(platform.processes):
            platform.kill(name)


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a state; only a test that would fail anyway runs into the limit."""
    limit = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > limit:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        time.sleep(TURN_SECONDS)


def sweep() -> None:
    """What the scheduler has done every few seconds."""
    leases_expire()
    jobs_wake()
