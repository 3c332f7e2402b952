"""A worker that is started before its platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.runtime.live.scripted_detector import ScriptedDetector
from tests.runtime.scripted_platform import Reply, Request, scripted
from workers.runtime import node as node_module
from workers.runtime.contract import NodeRegistered
from workers.runtime.node import LONG_WAIT, Node
from workers.runtime.settings import NodeSettings

AWAY, UNKNOWN = Reply(502), Reply.error(401, "unauthenticated")
HERE = Reply(200, NodeRegistered(node_id=1, name="north", heartbeat_seconds=60).model_dump_json().encode())

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[list[Reply]], Lines]]:
    monkeypatch.setattr(node_module, "REGISTER_PAUSE_SECONDS", 0)

    def until_registered(replies: list[Reply]) -> Lines:
        left = iter([*replies, HERE])

        def answer(request: Request) -> Reply:
            return next(left) if request.path.endswith("/node/register") else AWAY

        with scripted(answer) as platform:
            settings = NodeSettings("north", "token", platform.url, "", tmp_path, tmp_path / "spool")
            node = Node(settings, detector=ScriptedDetector())
            with capture_logs() as lines:
                assert node.start() is not None
            node.stop()
            node.close()
        return [line for line in lines if line["event"].startswith("node.")]

    yield until_registered


def told(lines: Lines) -> list[tuple[str, str]]:
    return [(line["event"], line["log_level"]) for line in lines]


def test_a_worker_that_waits_for_its_platform_says_once_that_it_does_and_for_which(
    said: Callable[[list[Reply]], Lines],
) -> None:
    lines = said([AWAY] * (LONG_WAIT - 1))

    assert told(lines) == [("node.waits_for_platform", "info"), ("node.registered", "info")]
    assert lines[0]["platform"].startswith("http://127.0.0.1:")


def test_who_has_waited_for_long_is_warned_once(said: Callable[[list[Reply]], Lines]) -> None:
    lines = said([AWAY] * (LONG_WAIT + 5))

    assert ("node.not_registered", "warning") in told(lines)
    assert len(lines) == 3


def test_a_platform_that_refuses_the_worker_is_an_error_each_time(said: Callable[[list[Reply]], Lines]) -> None:
    assert told(said([UNKNOWN] * 2)) == [("node.not_registered", "error")] * 2 + [("node.registered", "info")]
