"""The process that does background work, as the Procfile starts it, and a mail server that can keep it waiting."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dramatiq
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from redis.exceptions import RedisError

from tests.alerts.smtp_sink import Sink
from tests.faults.running import REPOSITORY, test_database_url

TICK_SECONDS = 2


class SlowSink(Sink):
    """Takes a message, and answers that it has only while ``answering`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.answering = threading.Event()
        self.answering.set()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.to_thread(self.answering.wait)
        return answer

    def identities(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.messages]


@dataclass
class TasksProcess:
    folder: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        line = next(line for line in (REPOSITORY / "Procfile").read_text().splitlines() if line.startswith("tasks:"))
        words = shlex.split(line.removeprefix("tasks:"))
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "vms.settings.production",
            "DATABASE_URL": test_database_url(),
            "VMS_MEDIA_DIR": str(settings.MEDIA_ROOT),
            "VMS_STORAGE_RESERVE_BYTES": "0",
            "VMS_SMTP_HOST": "127.0.0.1",
            "VMS_SMTP_PORT": str(settings.EMAIL_PORT),
            "VMS_SMTP_STARTTLS": "false",
        }
        command = [sys.executable if word == "python" else word for word in words]
        with (self.folder / "tasks.log").open("ab") as log:
            # A group of its own: it has children, and a machine that loses its power loses all of them.
            self.process = subprocess.Popen(
                command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def log(self) -> str:
        return (self.folder / "tasks.log").read_text("utf-8", "replace")[-4000:]


@contextmanager
def ticking(*sweeps: dramatiq.Actor[[], None]) -> Iterator[None]:
    """The scheduler: a tick that comes while a process starts is too old once it is ready, but others follow."""
    over = threading.Event()

    def tick() -> None:
        while not over.is_set():
            with suppress(RedisError):
                for sweep in sweeps:
                    sweep.send()
            over.wait(TICK_SECONDS)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def tasks_process(folder: Path) -> Iterator[TasksProcess]:
    tasks = TasksProcess(folder)
    tasks.start()
    try:
        yield tasks
    finally:
        tasks.kill()
