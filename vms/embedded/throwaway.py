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
        process = subprocess.Popen(  # noqa: S603 - the command that the caller asked for
            command, env={**os.environ, **variables}, preexec_fn=die_with_parent(signal.SIGTERM)
        )
        try:
            with _forwarding(process):
                code = process.wait()
        finally:
            kill_all(marked_processes(MARK, str(folder)))
    return code if code >= 0 else 128 - code


@contextmanager
def _forwarding(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def forward(number: int) -> None:
        if not (number == signal.SIGINT and _terminal_already_told_it()):
            process.send_signal(number)

    with on_stop_signal(forward):
        yield


def _terminal_already_told_it() -> bool:
    """Ctrl-C goes to the whole foreground group, so the command has it already."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
