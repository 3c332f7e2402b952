"""The platform's web process with its database and files, as the Procfile starts it, and raw requests to it."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS, STOP_SECONDS = 300, 30


@dataclass(frozen=True, slots=True)
class WebServer:
    port: int
    process: subprocess.Popen[bytes]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=120)

    def peak_memory_mib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) // 1024

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def is_running(self) -> bool:
        return self.process.poll() is None


def web_command(port: int) -> list[str]:
    line = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web:"))
    words = shlex.split(line.removeprefix("web:").replace("$VMS_PORT", str(port)))
    return [sys.executable if word == "python" else word for word in words]


@contextmanager
def web_server(environment: dict[str, str]) -> Iterator[WebServer]:
    """A web process on the test's own database; ended when the block ends."""
    settings = connection.settings_dict
    database = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
    of_tests = {"DJANGO_SETTINGS_MODULE": "vms.settings.test", "VMS_WEB_PROCESSES": "1"}
    variables = {**os.environ, **of_tests, "DATABASE_URL": database, **environment}
    port = free_port()
    process = subprocess.Popen(web_command(port), cwd=ROOT, env=variables)
    try:
        _wait_until_it_answers(process, port)
        yield WebServer(port=port, process=process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"The web process did not start (exit code {process.poll()}).")
