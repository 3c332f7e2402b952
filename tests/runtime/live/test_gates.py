"""The gates through which FFmpeg reaches cameras: what answers become, and that nothing of a gate stays behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from bench.simulator import SimulatorThread
from tests.ports import free_port
from tests.runtime.live.scripted_server import ScriptedServer
from tests.runtime.live.watching import HASTY, Watching
from workers.runtime import rtsp_gate
from workers.runtime.live.conditions import Condition
from workers.runtime.rtsp_answers import Answers, NoRtspError
from workers.runtime.rtsp_gate import _own_sockets

TRIES_SECONDS = 1.5
OF_ONE_CONNECTION = 3
"""Threads of a gate over HTTP: who waits for visitors, and both directions."""
HERE = ("127.0.0.0/8",)
DESCRIBED = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 4\r\n\r\nv=0\n"
FRAME = b"$\x00\x00\x03abc"


def answers() -> Answers:
    return Answers("10.0.0.7", lambda url: f"rtsp://127.0.0.1:1/{url.rpartition('/')[2]}")


def gates() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.endswith("Gate")]


def test_answers_and_frames_pass_as_they_are() -> None:
    assert answers().read(DESCRIBED + FRAME + DESCRIBED) == DESCRIBED + FRAME + DESCRIBED


def test_nothing_passes_before_it_is_whole() -> None:
    reading, passed = answers(), b""
    for number, byte in enumerate(DESCRIBED, start=1):
        piece = reading.read(bytes([byte]))
        assert bool(piece) == (number == len(DESCRIBED))
        passed += piece
    assert passed == DESCRIBED


@pytest.mark.parametrize(
    "answer",
    [
        b"RTSP/1.0 302 Moved\r\nLocation: rtsp://10.0.0.9/there\r\n\r\n",
        b"\r\n RTSP/1.0 301 Moved\nloCation : rtsp://10.0.0.9/there\n\n",
        b"RTSP/1.0 302 Moved\r\nLoc\ration: rtsp://10.0.0.9/there\r\n\r\r\n",
        b"RTSP/1.0 302 Moved\r\nLocation: rtsp://10.0.0.8/x\r\nLocation: rtsp://10.0.0.9/there\r\n\r\n",
    ],
)
def test_a_redirect_leads_to_where_it_is_told_to_however_it_is_written(answer: bytes) -> None:
    passed = answers().read(answer)
    assert b"10.0.0" not in passed
    assert passed.count(b"ocation") == 1
    assert passed.endswith(b"Location: rtsp://127.0.0.1:1/there\r\n\r\n")


def test_what_an_answer_s_body_is_counts_once_and_for_all() -> None:
    hidden = b"RTSP/1.0 302 Moved\r\nLocation: rtsp://10.0.0.9/x\r\n\r\n"
    head = b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\ncontent-length : %d\r\n\r\n" % len(hidden)
    passed = answers().read(head + hidden)
    assert passed.lower().count(b"content-length") == 1
    assert passed.endswith(b"Content-Length: %d\r\n\r\n" % len(hidden) + hidden)


def test_packets_over_udp_come_from_the_camera_itself() -> None:
    answer = b"RTSP/1.0 200 OK\r\nTransport: RTP/AVP;client_port=5-6;source=10.9.9.9;server_port=7-8\r\n\r\n"
    passed = answers().read(answer)
    assert passed == b"RTSP/1.0 200 OK\r\nTransport: RTP/AVP;client_port=5-6;server_port=7-8;source=10.0.0.7\r\n\r\n"


@pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"x" * 70_000, b"RTSP/1.0 3\r\n\r\n"])
def test_what_is_no_rtsp_does_not_pass(data: bytes) -> None:
    with pytest.raises(NoRtspError):
        answers().read(data)


def test_an_open_stream_goes_past_the_gate_and_leaves_no_thread(cameras: SimulatorThread) -> None:
    with Watching(cameras.rtsp_url("gate"), networks=HERE) as watching:
        watching.until_frames(3)
        watching.until(lambda: not gates(), "the gate is gone")
        watching.until_frames(10)
        assert watching.stream.counts.connections == 1
        assert watching.stream.counts.damaged == 0


def test_a_full_host_looks_for_ffmpeg_s_socket_once_and_not_after_each_packet(
    cameras: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[int] = []

    def searched() -> Iterator[int]:
        searches.append(1)
        return _own_sockets()

    monkeypatch.setattr(rtsp_gate, "_own_sockets", searched)
    # As where the reading thread has no time: whenever it asks, more has come for FFmpeg.
    monkeypatch.setattr(rtsp_gate, "_bytes_in", lambda descriptor: int(bool(searches)))
    with Watching(cameras.rtsp_url("gate"), networks=HERE) as watching:
        watching.until_frames(10)
        assert gates()

    assert len(searches) == 1


@pytest.mark.parametrize("url", ["rtsp", "http"])
def test_a_camera_that_is_tried_again_and_again_leaves_no_thread(url: str) -> None:
    with Watching(f"{url}://127.0.0.1:{free_port()}/live", networks=HERE) as watching:
        watching.until_condition(Condition.REFUSED)
        before = time.monotonic()
        watching.until(lambda: time.monotonic() - before > TRIES_SECONDS, "more tries")
    watching.until(lambda: not gates(), "no gate is left")


def test_a_camera_that_takes_connections_and_says_nothing_leaves_no_thread_behind_each_try() -> None:
    with ScriptedServer("") as silent, Watching(f"http://127.0.0.1:{silent.port}/live", HASTY, HERE) as watching:
        watching.until_condition(Condition.STALLED)
        watching.until(lambda: silent.visits > 2, "more tries")
        watching.until(lambda: len(gates()) <= OF_ONE_CONNECTION, "those of the tries before are gone")
    watching.until(lambda: not gates(), "no gate is left")
