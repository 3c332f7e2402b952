"""Several web processes behind one port, as real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from django.core.exceptions import ImproperlyConfigured
from uvicorn.config import STARTUP_FAILURE, Config

from tests.e2e.web_process import web_process
from tests.faults.running import REPOSITORY, wait_until
from tests.faults.running import test_database_url as database_url
from tests.ports import free_port
from vms.web_process import SILENT_SECONDS, listener, processes_wanted

SECONDS = 60
REFUSED = 'vms_node_requests_refused_total{code="unauthenticated"}'


def test_it_is_as_many_processes_as_the_machine_has_cores_or_as_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    monkeypatch.delenv("VMS_WEB_PROCESSES", raising=False)
    assert processes_wanted() == 3
    monkeypatch.setenv("VMS_WEB_PROCESSES", "7")
    assert processes_wanted() == 7
    monkeypatch.setenv("VMS_WEB_PROCESSES", "0")
    with pytest.raises(ImproperlyConfigured, match="VMS_WEB_PROCESSES"):
        processes_wanted()


def test_what_is_written_to_a_connection_is_sent_at_once() -> None:
    with listener(Config("vms.web_process:application", port=0)) as bound:
        bound.listen()
        with socket.create_connection(bound.getsockname()), bound.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.fixture
def variables(transactional_db: None) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "vms.settings.test",
        "VMS_WEB_PROCESSES": "2",
        "VMS_METRICS_LOOPBACK": "true",
    }


@pytest.fixture
def url(variables: dict[str, str]) -> Iterator[str]:
    with web_process(variables) as url:
        yield url


def supervisor(url: str) -> psutil.Process:
    port = url.rpartition(":")[2]
    (found,) = (each for each in psutil.Process().children() if port in each.cmdline())
    return found


def servers(url: str) -> set[psutil.Process]:
    """Without the process with which Python minds what they share."""
    return {each for each in supervisor(url).children() if "spawn_main" in words(each)}


def words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # just ended
        return ""


def status(address: str, method: str = "GET") -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def refused(url: str) -> float:
    with urllib.request.urlopen(f"{url}/metrics", timeout=SECONDS) as answer:
        lines = answer.read().decode().splitlines()
    return float(next(line.rpartition(" ")[2] for line in lines if line.startswith(REFUSED)))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_is_replaced_and_pages_are_answered_meanwhile(url: str) -> None:
    wait_until(lambda: len(servers(url)) == 2, SECONDS, "both are there")
    before = servers(url)
    lost = before.pop()
    lost.kill()
    lost.wait(SECONDS)
    assert status(f"{url}/healthz") == 200
    wait_until(lambda: len(servers(url) - {lost}) == 2, SECONDS, "another takes its place")
    assert before <= servers(url)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_whichever_is_asked_for_metrics_tells_what_all_have_counted(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: status(f"{url}/internal/v1/events", "POST"), range(40)))
    assert answers == [401] * 40
    assert {refused(url) for _ in range(10)} == {40}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_none_outlives_a_supervisor_that_is_killed(url: str) -> None:
    left = servers(url)
    supervisor(url).send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(left, timeout=SECONDS)
    assert not alive


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_stops_one_from_starting_ends_all_and_is_said(variables: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vms.web_process", "--port", str(free_port())],
        cwd=REPOSITORY, env={**os.environ, **variables, "VMS_EXPORT_DAYS": "soon"},
        capture_output=True, text=True, timeout=SECONDS + SILENT_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == STARTUP_FAILURE
    assert "VMS_EXPORT_DAYS is 'soon'; use a whole number." in done.stderr
