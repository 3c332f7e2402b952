"""A camera that is watched cannot send its watcher on to a host that no admin has allowed."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from bench.simulator import SimulatorThread
from tests.runtime.live.scripted_server import ScriptedServer
from tests.runtime.live.test_probe_redirects import moved, playlist
from tests.runtime.live.watching import HASTY, Watching
from workers.runtime.live.conditions import Condition

DOOR = "127.0.0.2"


def sent_on(status: str, url: str) -> str:
    return f"RTSP/1.0 {status}\r\nCSeq: {{CSEQ}}\r\nLocation: {url}\r\n\r\n"


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Moved Temporarily"])
def test_an_rtsp_redirect_to_a_network_that_is_not_allowed_is_not_watched(
    status: str,
) -> None:
    with (
        ScriptedServer("") as elsewhere,
        ScriptedServer(sent_on(status, f"rtsp://127.0.0.1:{elsewhere.port}/x"), DOOR) as door,
        Watching(f"rtsp://{DOOR}:{door.port}/x", HASTY, (f"{DOOR}/32",)) as watching,
    ):
        watching.until_condition(Condition.FORBIDDEN)

        assert door.asked
        assert elsewhere.visits == 0


@pytest.mark.parametrize(("path", "answer"), [("video", moved), ("live.m3u8", playlist)], ids=["redirect", "playlist"])
def test_where_a_camera_over_http_sends_its_watcher_on_nobody_asks(path: str, answer: Callable[[str], str]) -> None:
    with (
        ScriptedServer("") as elsewhere,
        ScriptedServer(answer(f"http://127.0.0.1:{elsewhere.port}/1.ts"), DOOR) as door,
        Watching(f"http://{DOOR}:{door.port}/{path}", HASTY, (f"{DOOR}/32",)) as watching,
    ):
        watching.until_condition(Condition.FORBIDDEN)

        assert door.asked
        assert elsewhere.asked == []


def test_a_host_that_needs_no_proxy_elsewhere_is_no_way_past_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    with (
        ScriptedServer("") as elsewhere,
        ScriptedServer(moved(f"http://127.0.0.1:{elsewhere.port}/1.ts"), DOOR) as door,
        Watching(f"http://{DOOR}:{door.port}/video", HASTY, (f"{DOOR}/32",)) as watching,
    ):
        watching.until_condition(Condition.FORBIDDEN)

        assert elsewhere.visits == 0
        assert os.environ["NO_PROXY"] == "127.0.0.1,localhost"


def test_an_rtsp_redirect_to_another_port_of_the_same_camera_is_followed(cameras: SimulatorThread) -> None:
    with (
        ScriptedServer(sent_on("302 Moved", cameras.rtsp_url("gate"))) as door,
        Watching(f"rtsp://127.0.0.1:{door.port}/x", networks=("127.0.0.1/32",)) as watching,
    ):
        watching.until_frames(2)


def test_a_camera_that_sends_nobody_on_is_watched_beside_others(cameras: SimulatorThread) -> None:
    allowed = ("127.0.0.0/8",)
    with (
        Watching(cameras.rtsp_url("gate"), networks=allowed) as first,
        Watching(cameras.rtsp_url("gate"), networks=allowed) as second,
    ):
        first.until_frames(2)
        second.until_frames(2)
