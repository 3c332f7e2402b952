"""A process in which code of others runs connects to nothing that it may not, whichever way it tries."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.outbound.forbidden import HOSTS
from tests.outbound.receiver import Receiver, answer, running_receiver

pytestmark = pytest.mark.slow


def tried(urls: list[str], *networks: str, names: dict[str, list[str]] | None = None) -> dict[str, list[str]]:
    question = json.dumps({"urls": urls, "networks": networks, "names": names or {}})
    command = [sys.executable, "-m", "tests.outbound.enclosed_child"]
    done = subprocess.run(command, input=question, capture_output=True, text=True, check=True, timeout=120)
    result: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.fixture
def trap() -> Iterator[Receiver]:
    with running_receiver("127.0.0.2") as trap:
        yield trap


def test_no_forbidden_host_is_connected_to_by_apprise_or_requests() -> None:
    with running_receiver() as receiver:
        urls = [f"{scheme}://{host}:{receiver.port}/x" for host in HOSTS for scheme in ("json", "xml", "http")]
        assert tried(urls) == {"answered": [], "other_ways": []}
    assert receiver.received == []


def test_an_allowed_host_is_connected_to_and_a_redirect_from_it_is_checked_again(trap: Receiver) -> None:
    with running_receiver() as receiver:
        receiver.behaviours = [answer(200)]
        receiver.always = answer(307, Location=trap.url)
        url = f"http://127.0.0.1:{receiver.port}/"
        assert tried([url, url + "again", f"json://127.0.0.1:{receiver.port}/"], "127.0.0.1/32")["answered"] == [url]
    assert len(receiver.received) == 3
    assert trap.received == []


def test_a_name_that_turns_after_the_check_gains_nothing(trap: Receiver) -> None:
    with running_receiver() as receiver:
        names = {"turning.example": ["127.0.0.1", "127.0.0.2"]}
        port = receiver.port
        urls = [
            f"http://turning.example:{port}/1",
            f"http://turning.example:{port}/2",
            f"json://turning.example:{port}/3",
        ]
        assert tried(urls, "127.0.0.1/32", names=names)["answered"] == urls[:1]
    assert [request.path for request in receiver.received] == ["/1"]
