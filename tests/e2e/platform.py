"""Starts everything as `make run` does, in a folder that is removed afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.assets import REPOSITORY
from tests.ports import free_port

START_SECONDS = 300
STOP_SECONDS = 30
OF_THE_TESTS_OWN_SERVERS = {"DATABASE_URL", "REDIS_URL", "REDIS_GPU_URL", "DJANGO_SETTINGS_MODULE"}


@dataclass(frozen=True)
class Platform:
    url: str
    password: str
    data: Path

    def mails(self) -> str:
        """Every mail that was sent, one after the other."""
        return "\n".join(path.read_text("utf-8", "replace") for path in sorted((self.data / "outbox").glob("*")))


@contextmanager
def running_platform(weights: Path) -> Iterator[Platform]:
    with tempfile.TemporaryDirectory(prefix="vms-e2e-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root, the servers' own account must be able to enter
        data = folder / "data"
        environment = {key: value for key, value in os.environ.items() if key not in OF_THE_TESTS_OWN_SERVERS}
        environment |= {
            "VMS_DATA_DIR": str(data),
            "VMS_MODELS_DIR": str(folder / "models"),
            "VMS_PORT": str(free_port()),
        }
        _install_model(environment, weights)
        log = folder / "output.txt"
        with log.open("wb") as output:
            command = [sys.executable, "-m", "vms.embedded", "run", "--end-with-parent"]
            process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=output, stderr=output)
        try:
            yield _ready(process, log, data)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _install_model(environment: dict[str, str], weights: Path) -> None:
    settings = {"VMS_SECRET_KEY": "x" * 50, "DATABASE_URL": "postgresql:///unused", "REDIS_URL": "redis://unused"}
    command = [sys.executable, "manage.py", "models", "pull", "--from", str(weights)]
    subprocess.run(command, cwd=REPOSITORY, env={**settings, **environment}, check=True, stdout=subprocess.DEVNULL)


def _ready(process: subprocess.Popen[bytes], log: Path, data: Path) -> Platform:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text("utf-8", "replace")
        address = re.search(r"VMS is ready after .*?(http://\S+)", text)
        password = re.search(r"Password:\s+(\S+)", text)
        if address and password:
            return Platform(url=address[1], password=password[1], data=data)
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise AssertionError(f"The platform did not start:\n{log.read_text('utf-8', 'replace')}")
