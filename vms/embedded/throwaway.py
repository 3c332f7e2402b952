"""Runs one command with fresh servers in a temporary folder, for tests, checks and development."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vms.embedded.accounts import server_account
from vms.embedded.interrupts import leave, on_stop_signal
from vms.embedded.processes import die_with_parent, kill_all, marked_processes
from vms.embedded.servers import embedded_servers

PREFIX = "vms-exec-"
MARK = "VMS_EXEC_FOLDER"


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    """A temporary folder that the servers' account can enter; folders of killed runs are removed on the way."""
    account = server_account()
    base = Path(tempfile.gettempdir())
    if not account.can_reach(base):
        base = Path("/tmp")  # noqa: S108 - mkdtemp makes it private
    _remove_abandoned(base)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    try:
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder.chmod(0o711)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(base: Path) -> None:
    for folder in base.glob(PREFIX + "*"):
        try:
            if folder.lstat().st_uid != os.geteuid() or folder.is_symlink():
                continue
            with (folder / "lock").open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # in use, or being made right now


def execute(command: list[str]) -> int:
    """Runs the command and returns its exit code. Servers named in the environment are never touched."""
    with (
        throwaway_folder() as folder,
        on_stop_signal(leave),
        embedded_servers(folder / "data", given={}, durable=False) as variables,
    ):
        variables |= {MARK: str(folder)}
        forwarding = _Forwarding()
        # From before its start: a signal that comes while a process is being made must not be lost.
        with on_stop_signal(forwarding.take):
            try:
                code = forwarding.wait(
                    subprocess.Popen(  # noqa: S603 - the command that the caller asked for
                        command, env={**os.environ, **variables}, preexec_fn=die_with_parent(signal.SIGTERM)
                    )
                )
            finally:
                kill_all(marked_processes(MARK, str(folder)))
    return code if code >= 0 else 128 - code


class _Forwarding:
    """Hands signals on to the command; those that come before it is there, as soon as it is."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def take(self, number: int) -> None:
        if number == signal.SIGINT and _terminal_already_told_it():
            return
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        self._process = process
        for number in self._early:
            process.send_signal(number)
        return process.wait()


def _terminal_already_told_it() -> bool:
    """Ctrl-C goes to the whole foreground group, so the command has it already."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
