"""Runs the web server as a process of its own for browser tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.assets import REPOSITORY
from tests.ports import free_port

START_SECONDS = 300


@contextmanager
def web_process(environment: Mapping[str, str]) -> Iterator[str]:
    """The web server on a free port of the loopback; yields its address and ends it afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "vms.web_process", "--port", str(port)]
    variables = {**os.environ, "VMS_WEB_PROCESSES": "1", **environment}
    process = subprocess.Popen(command, cwd=REPOSITORY, env=variables)
    try:
        yield _answering(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answering(url: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return url
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The web process does not answer.")
