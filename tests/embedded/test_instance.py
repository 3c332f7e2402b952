"""`python -m vms.embedded run`: started, stopped, killed and started again in a folder with spaces."""

from __future__ import annotations

import signal
import socket
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded.installations import (
    PROCFILE,
    STUBBORN_LINE,
    RunningInstallation,
    command_line,
    make_installation,
    processes_of,
)
from vms.embedded.processes import kill_all

pytestmark = pytest.mark.slow

STUBBORN_UP = "stubborn and up"


@pytest.fixture
def installation() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vms test, with a space ") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root, the servers' account must be able to enter
        yield make_installation(folder)
        kill_all(processes_of(folder))


@pytest.fixture
def stubborn_installation(installation: Path) -> Path:
    (installation / "Procfile").write_text(PROCFILE + STUBBORN_LINE, "utf-8")
    return installation


def test_it_serves_and_ctrl_c_ends_every_process(installation: Path) -> None:
    running = RunningInstallation(installation)
    running.wait_for("VMS is ready")
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/Procfile") as answer:
        assert answer.read() == PROCFILE.encode()
    second = RunningInstallation(installation)
    assert second.process.wait(timeout=60) == 1
    assert f"already running from {installation / 'var'} (process {running.process.pid})" in second.output
    assert "Traceback" not in second.output

    assert running.stop(signal.SIGINT) == 0

    assert processes_of(installation) == []


@pytest.mark.faults
def test_a_process_that_ignores_the_stop_ends_too_and_its_grandchild(stubborn_installation: Path) -> None:
    running = RunningInstallation(stubborn_installation)
    running.wait_for("VMS is ready")
    running.wait_for(STUBBORN_UP, times=2)

    assert running.stop(signal.SIGINT) == 0

    assert processes_of(stubborn_installation) == []


@pytest.mark.faults
def test_a_second_ctrl_c_does_not_wait_for_the_stubborn_process(stubborn_installation: Path) -> None:
    running = RunningInstallation(stubborn_installation)
    running.wait_for("VMS is ready")
    running.wait_for(STUBBORN_UP, times=2)
    running.process.send_signal(signal.SIGINT)
    running.wait_for("stopping")
    assert running.stop(signal.SIGINT) == 0
    assert "did not end in time" in running.output
    assert processes_of(stubborn_installation) == []


@pytest.mark.faults
def test_after_sigkill_the_next_start_recovers_and_ends_what_was_left_behind(stubborn_installation: Path) -> None:
    first = RunningInstallation(stubborn_installation)
    first.wait_for("VMS is ready")
    first.wait_for(STUBBORN_UP, times=2)
    first.process.kill()
    first.process.wait()
    found = processes_of(stubborn_installation)
    left_behind = [process for process in found if "stubborn.py" in command_line(process)]
    assert left_behind, "this test needs something that outlives the kill"

    second = RunningInstallation(stubborn_installation)
    second.wait_for("VMS is ready")

    assert not any(command_line(process) for process in left_behind)
    second.process.send_signal(signal.SIGINT)
    second.wait_for("stopping")
    second.stop(signal.SIGINT)
    assert processes_of(stubborn_installation) == []


def test_a_port_that_was_asked_for_and_is_taken_is_refused_in_one_sentence(installation: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = RunningInstallation(installation, VMS_PORT=str(taken.getsockname()[1]))
        assert refused.process.wait(timeout=60) == 1
        assert "is taken" in refused.output
        assert "Traceback" not in refused.output


def wait_for_servers(running: RunningInstallation) -> None:
    """Both are its children."""
    deadline = time.monotonic() + 60
    names: set[str] = set()
    while names != {"postgres", "valkey-server"}:
        assert running.process.poll() is None and time.monotonic() < deadline, running.output
        time.sleep(0.05)
        found = processes_of(running.log.parent)
        names = {each.name() for each in found if each.ppid() == running.process.pid} & {"postgres", "valkey-server"}


@pytest.mark.faults
def test_a_server_that_was_killed_is_started_again(installation: Path) -> None:
    running = RunningInstallation(installation)
    running.wait_for("VMS is ready")
    servers = [process for process in processes_of(installation) if process.name() in {"postgres", "valkey-server"}]
    mothers = [process for process in servers if process.ppid() == running.process.pid]
    assert len(mothers) == 2
    for mother in mothers:
        mother.kill()
    running.wait_for("PostgreSQL ended unexpectedly and starts again")
    running.wait_for("Valkey ended unexpectedly and starts again")
    wait_for_servers(running)
    assert running.stop(signal.SIGINT) == 0
    assert processes_of(installation) == []
