"""The supervisor with small real processes: output, restarts, and a stop that leaves nothing."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vms.embedded.child import LINE_MAX_BYTES, LONGEST_DELAY_SECONDS, Child
from vms.embedded.procfile import ProcfileEntry
from vms.embedded.supervisor import Supervisor

pytestmark = pytest.mark.slow


def python(name: str, code: str) -> ProcfileEntry:
    return ProcfileEntry(name, (sys.executable, "-u", "-c", code))


def supervise(
    folder: Path, entries: list[ProcfileEntry], until: Callable[[], bool], kill_after_seconds: float = 8.0
) -> None:
    """Runs until the condition holds, then asks for the stop as a terminal would."""
    deadline = time.monotonic() + 60

    def each_turn() -> None:
        if until() or time.monotonic() > deadline:
            os.kill(os.getpid(), signal.SIGTERM)

    Supervisor(
        entries,
        environment={"PATH": os.environ["PATH"]},
        folder=folder,
        mark=str(folder),
        kill_after_seconds=kill_after_seconds,
        each_turn=each_turn,
    ).run()


def test_every_line_is_printed_with_its_process_name(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = f"import pathlib,time; print('one\\ntwo'); pathlib.Path({str(tmp_path / 'up')!r}).touch(); time.sleep(60)"
    supervise(tmp_path, [python("web", code)], (tmp_path / "up").exists)
    out = capfd.readouterr().out
    assert "web        | one\nweb        | two\n" in out


def test_what_a_process_said_last_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    starts = tmp_path / "starts"
    code = f"import sys; open({str(starts)!r}, 'a').write('x'); sys.exit('no camera found')"
    supervise(tmp_path, [python("worker", code)], lambda: starts.exists() and len(starts.read_text()) == 2)
    assert "worker     | no camera found\n" in capfd.readouterr().out


def test_a_process_that_ends_is_started_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    starts = tmp_path / "starts"
    code = f"open({str(starts)!r}, 'a').write('x'); raise SystemExit(3)"
    supervise(tmp_path, [python("tasks", code)], lambda: starts.exists() and len(starts.read_text()) == 2)
    assert "tasks ended unexpectedly and starts again soon (exit code 3)" in capfd.readouterr().out


def test_a_process_that_ignores_the_stop_is_killed_after_the_deadline(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = (
        "import os,pathlib,signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(60)"
    )
    supervise(tmp_path, [python("deaf", code)], lambda: pid.exists() and pid.read_text() != "", kill_after_seconds=0.3)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_program_that_does_not_exist_stops_the_start(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    supervise(tmp_path, [ProcfileEntry("web", ("no-such-program",))], lambda: False)
    assert "web cannot be started" in capfd.readouterr().out


def test_the_wait_before_a_restart_doubles_up_to_a_limit(tmp_path: Path) -> None:
    child = Child(python("web", "pass"), {}, tmp_path)
    for delay in (1, 2, 4, 8, 16, 30, 30, LONGEST_DELAY_SECONDS):
        child.start()
        assert child.process is not None
        child.process.wait()
        before = time.monotonic()
        child.put_away()
        assert before + delay <= child.start_again_at <= time.monotonic() + delay


def test_a_line_without_an_end_is_cut_instead_of_filling_the_memory(tmp_path: Path) -> None:
    child = Child(python("web", f"print('x' * {LINE_MAX_BYTES * 3}, end='')"), {}, tmp_path)
    child.start()
    assert child.process is not None
    child.process.wait()
    lines = []
    while (found := child.read_lines()) is not None:
        lines += found
    child.put_away()
    assert lines
    assert sum(map(len, lines)) > LINE_MAX_BYTES
