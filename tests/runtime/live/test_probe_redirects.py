"""A camera cannot send the platform on to a host that no admin has allowed."""

from __future__ import annotations

import pytest

from bench.simulator import SimulatorThread
from tests.runtime.live.scripted_server import ScriptedServer
from workers.runtime.contract import ProbeAnswer, ProbeCode, ProbeRequest
from workers.runtime.probe import probe

ELSEWHERE = "127.0.0.2"
ONLY_HERE = ("127.0.0.1/32",)


def look(url: str, *, networks: tuple[str, ...] = ONLY_HERE) -> ProbeAnswer:
    return probe(ProbeRequest(url=url, networks=networks, open_seconds=5, watch_seconds=1))


def moved(location: str) -> str:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"


def playlist(address: str) -> str:
    body = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF:2,\n{address}\n"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\nContent-Length: {len(body)}\r\n\r\n"
    return head + body


def test_an_http_redirect_to_another_host_is_refused() -> None:
    with (
        ScriptedServer("", ELSEWHERE) as target,
        ScriptedServer(moved(f"http://{ELSEWHERE}:{target.port}/x")) as camera,
    ):
        answer = look(f"http://127.0.0.1:{camera.port}/video")

        assert answer.code is ProbeCode.REDIRECTED
        assert camera.asked and not target.asked


def test_a_playlist_that_names_another_host_is_refused() -> None:
    with (
        ScriptedServer("", ELSEWHERE) as target,
        ScriptedServer(playlist(f"http://{ELSEWHERE}:{target.port}/1.ts")) as camera,
    ):
        answer = look(f"http://127.0.0.1:{camera.port}/live.m3u8")

        assert answer.code is ProbeCode.REDIRECTED
        assert camera.asked and not target.asked


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://127.0.0.1:1/", "tcp://127.0.0.1:1"])
def test_a_redirect_to_another_protocol_leads_nowhere(location: str) -> None:
    with ScriptedServer(moved(location)) as camera:
        assert not look(f"http://127.0.0.1:{camera.port}/video").ok


def test_an_rtsp_redirect_is_not_taken_for_the_camera() -> None:
    sent_on = f"RTSP/1.0 302 Moved\r\nCSeq: {{CSEQ}}\r\nLocation: rtsp://{ELSEWHERE}:1/x\r\n\r\n"
    with ScriptedServer(sent_on) as camera:
        assert look(f"rtsp://127.0.0.1:{camera.port}/x").code is ProbeCode.REDIRECTED


@pytest.mark.slow
def test_a_redirect_within_the_allowed_networks_is_followed(cameras: SimulatorThread) -> None:
    with ScriptedServer(moved(cameras.http_url("gate/mjpeg"))) as camera:
        assert look(f"http://127.0.0.1:{camera.port}/video").ok


def test_a_camera_over_http_is_asked_as_without_a_proxy() -> None:
    with ScriptedServer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as camera:
        assert look(f"http://127.0.0.1:{camera.port}/a/b?c=d").code is ProbeCode.NOT_FOUND

        request = camera.asked[0]
        assert request.startswith("GET /a/b?c=d HTTP/1.1\r\n")
        assert f"Host: 127.0.0.1:{camera.port}\r\n" in request and "roxy" not in request
