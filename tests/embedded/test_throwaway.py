"""`python -m vms.embedded exec -- COMMAND`: fresh servers for one command, nothing left afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.embedded.installations import command_line, processes_of

pytestmark = pytest.mark.slow

PRINT_AND_WAIT = "echo $VMS_EXEC_FOLDER; exec sleep 60"


def start(command: list[str], folder: Path, **variables: str) -> subprocess.Popen[str]:
    folder.chmod(0o755)
    return subprocess.Popen(
        [sys.executable, "-m", "vms.embedded", "exec", "--", *command],
        env={**os.environ, "TMPDIR": str(folder), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_command_gets_its_own_servers_and_its_exit_code_comes_back(tmp_path: Path) -> None:
    code = (
        "import os, psycopg, redis, sys\n"
        "found = psycopg.connect(os.environ['DATABASE_URL']).execute('SHOW server_version').fetchone()\n"
        "print(found[0], redis.Redis.from_url(os.environ['REDIS_URL']).ping())\n"
        "sys.exit(7)"
    )
    process = start([sys.executable, "-c", code], tmp_path, DATABASE_URL="postgresql://elsewhere/production")
    output, _ = process.communicate(timeout=120)
    assert output.startswith("18.")
    assert output.endswith("True\n")
    assert process.returncode == 7


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.faults)])
def test_a_signal_is_passed_on_and_everything_is_removed(tmp_path: Path, number: signal.Signals) -> None:
    process = start(["sh", "-c", PRINT_AND_WAIT], tmp_path)
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert folder.is_dir()
    process.send_signal(number)
    assert process.wait(timeout=60) == 128 + number
    assert not folder.exists()
    assert processes_of(folder) == []


@pytest.mark.faults
def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    process = start(["sh", "-c", PRINT_AND_WAIT], tmp_path)
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    left_behind = processes_of(folder)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while any(command_line(left) for left in left_behind) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(command_line(left) for left in left_behind), "the servers end with the process that started them"

    assert start(["true"], tmp_path).wait(timeout=120) == 0

    assert not folder.exists()
