"""`python -m vms.embedded run`: started, stopped, killed and started again in a folder with spaces."""

from __future__ import annotations

import signal
import socket
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded.installations import RunningInstallation, command_line, make_installation, processes_of
from vms.embedded.processes import kill_all

STUBBORN_UP = "stubborn and up"


@pytest.fixture
def installation() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vms test, with a space ") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root, the servers' account must be able to enter
        yield make_installation(folder)
        kill_all(processes_of(folder))


def test_ctrl_c_ends_every_process_even_one_that_ignores_it_and_its_grandchild(installation: Path) -> None:
    running = RunningInstallation(installation)
    running.wait_for("VMS is ready")
    running.wait_for(STUBBORN_UP, times=2)
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/Procfile") as answer:
        assert b"stubborn" in answer.read()

    assert running.stop(signal.SIGINT) == 0

    assert processes_of(installation) == []


@pytest.mark.faults
def test_after_sigkill_the_next_start_recovers_and_ends_what_was_left_behind(installation: Path) -> None:
    first = RunningInstallation(installation)
    first.wait_for("VMS is ready")
    first.wait_for(STUBBORN_UP, times=2)
    first.process.kill()
    first.process.wait()
    left_behind = [process for process in processes_of(installation) if "stubborn.py" in command_line(process)]
    assert left_behind, "this test needs something that outlives the kill"

    second = RunningInstallation(installation)
    second.wait_for("VMS is ready")

    assert not any(command_line(process) for process in left_behind)
    second.stop(signal.SIGINT)
    assert processes_of(installation) == []


def test_a_second_instance_in_the_same_folder_is_refused_in_one_sentence(installation: Path) -> None:
    first = RunningInstallation(installation)
    first.wait_for("VMS is ready")
    second = RunningInstallation(installation)

    assert second.process.wait(timeout=20) == 1
    assert f"already running from {installation / 'var'} (process {first.process.pid})" in second.output
    assert "Traceback" not in second.output
    first.process.send_signal(signal.SIGINT)
    first.stop(signal.SIGINT)  # the second one does not wait for the stubborn process


def test_a_taken_default_port_moves_the_pages_to_the_next_free_one(installation: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = RunningInstallation(installation, VMS_PORT=str(taken.getsockname()[1]))
        assert busy.process.wait(timeout=20) == 1
        assert "is taken" in busy.output
