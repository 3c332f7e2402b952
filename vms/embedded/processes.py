"""Starting, finding and ending operating system processes."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(parent_signal: signal.Signals, *, parent: int | None = None) -> Callable[[], None]:
    """For Popen's preexec_fn: the kernel sends this signal when the parent is gone. Linux only; elsewhere a no-op."""
    expected = os.getpid() if parent is None else parent

    def arrange() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(parent_signal), 0, 0, 0)
            if os.getppid() != expected:
                os._exit(1)

    return arrange


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signals a process that leads its own group, and everything still in that group."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says "not permitted" for a group of zombies
        return


def marked_processes(name: str, value: str) -> list[psutil.Process]:
    """Every process, except this one, whose environment holds name=value."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(name) == value:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone, or someone else's
    return found


def descendants(pids: Iterable[int]) -> list[psutil.Process]:
    """Children, grandchildren and so on of these processes, as far as their parents still live."""
    found: list[psutil.Process] = []
    for pid in pids:
        try:
            found += psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            continue
    return found


def kill_all(processes: Iterable[psutil.Process]) -> None:
    victims = list(processes)
    for process in victims:
        try:
            process.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(victims, timeout=2)


def end_leftover(pid_file: Path, *, argument: str, signals: Sequence[signal.Signals]) -> None:
    """Ends the server that an earlier, killed run left behind, and removes its pid file.

    ``argument`` must stand in the process's command line: a number that now belongs to another program is not touched.
    """
    try:
        process = psutil.Process(int(pid_file.read_text("utf-8").split("\n", 1)[0]))
        ours = argument in process.cmdline()
    except (OSError, ValueError, psutil.Error):
        ours = False
    for number in signals if ours else ():
        try:
            process.send_signal(number)
            process.wait(timeout=4)
            break
        except psutil.TimeoutExpired:
            continue
        except psutil.Error:
            break
    pid_file.unlink(missing_ok=True)
