"""One supervised process: its group, its output, and when it may be started again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from vms.embedded.processes import die_with_parent, signal_group
from vms.embedded.procfile import ProcfileEntry

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
HEALTHY_SECONDS = 30.0  # a process that lived this long starts again without a longer wait
READ_BYTES = 65536
LINE_MAX_BYTES = 16384  # a process that never ends its line must not fill our memory


class Child:
    def __init__(self, entry: ProcfileEntry, environment: Mapping[str, str], folder: Path) -> None:
        self.name = entry.name
        self.command = entry.command
        self.environment = environment
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_again_at = 0.0
        self.failures_in_a_row = 0
        self._unfinished_line = b""

    @property
    def running(self) -> bool:
        return self.process is not None

    def start(self) -> int:
        """Returns the descriptor that its output comes from."""
        self.process = subprocess.Popen(  # noqa: S603 - a line of our Procfile
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=self.environment,
            start_new_session=True,  # its own group: Ctrl-C reaches it only through us, and grandchildren with it
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        self.started_at = time.monotonic()
        self._unfinished_line = b""
        os.set_blocking(self.output, False)
        return self.output

    @property
    def output(self) -> int:
        if self.process is None or self.process.stdout is None:
            raise RuntimeError(f"{self.name} is not running")
        return self.process.stdout.fileno()

    def read_lines(self) -> list[bytes] | None:
        """The whole lines that have come since; None once the output is closed."""
        try:
            data = os.read(self.output, READ_BYTES)
        except BlockingIOError:
            return []
        if not data:
            return None
        *lines, self._unfinished_line = (self._unfinished_line + data).split(b"\n")
        if len(self._unfinished_line) > LINE_MAX_BYTES:
            lines.append(self._unfinished_line)
            self._unfinished_line = b""
        return lines

    def send(self, number: signal.Signals) -> None:
        if self.process is not None:
            signal_group(self.process, number)

    def has_ended(self) -> bool:
        """Once it has, what is left of its group ends with it."""
        if self.process is None or self.process.poll() is None:
            return False
        self.send(signal.SIGKILL)
        return True

    def put_away(self) -> int:
        """Frees what an ended process held, plans its next start, and returns its exit code."""
        process = self.process
        if process is None or process.stdout is None:
            raise RuntimeError(f"{self.name} is not running")
        process.stdout.close()
        self.process = None
        self._plan_next_start()
        return process.wait()

    def _plan_next_start(self) -> None:
        now = time.monotonic()
        self.failures_in_a_row = 0 if now - self.started_at >= HEALTHY_SECONDS else self.failures_in_a_row + 1
        delay = FIRST_DELAY_SECONDS * 2 ** max(0, self.failures_in_a_row - 1)
        self.start_again_at = now + min(LONGEST_DELAY_SECONDS, delay)
