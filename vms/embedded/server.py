"""What PostgreSQL and Valkey have in common: one child process, a log file, a wait until it answers, an orderly end."""

from __future__ import annotations

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import BinaryIO

from vms.embedded.accounts import ServerAccount
from vms.embedded.errors import StartError
from vms.embedded.processes import die_with_parent

START_SECONDS = 60
LOG_MAX_BYTES = 5 * 2**20
POLL_SECONDS = 0.02
# Nothing of ours leaks into the servers' environment.
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Server(ABC):
    """One private server. ``stop_signal`` asks it to end in order, ``abort_signal`` at once but safely."""

    name: str
    stop_signal: signal.Signals
    abort_signal: signal.Signals

    def __init__(self, folder: Path, logs: Path, account: ServerAccount) -> None:
        self.folder = folder
        self.account = account
        self.log = logs / f"{folder.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    @abstractmethod
    def prepare(self) -> None:
        """Makes the folder and ends what an earlier run left behind."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes work."""

    def start(self) -> None:
        """Starts the process; `wait_until_ready` must follow."""
        self.prepare()
        with self.open_log() as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                self.command(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder.parent,
                env=SERVER_ENVIRONMENT,
                start_new_session=True,  # Ctrl-C in the terminal must not reach it: it stops last
                preexec_fn=die_with_parent(self.stop_signal),
                **self.account.options(),
            )
        if self.process.stdin is not None:
            with self.process.stdin as pipe:
                pipe.write(self.standard_input())

    def standard_input(self) -> bytes:
        return b""

    def open_log(self) -> BinaryIO:
        if self.log.exists() and self.log.stat().st_size > LOG_MAX_BYTES:
            self.log.rename(self.log.with_suffix(".log.1"))
        return self.log.open("ab")  # the folder is ours, not the server's: nobody can put a link there

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise StartError(f"{self.name} did not start. Its log is {self.log}; the last line: {self.last_line()}")
            time.sleep(POLL_SECONDS)

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def last_line(self) -> str:
        lines = self.log.read_text("utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "(empty)"

    def request_stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(self.stop_signal)

    def wait_stopped(self, seconds: float) -> None:
        if self.process is None:
            return
        for number in (self.abort_signal, signal.SIGKILL):
            try:
                self.process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                self.process.send_signal(number)
                seconds = 1.0
        self.process.wait()
