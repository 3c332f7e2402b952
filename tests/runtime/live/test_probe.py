"""A look at a camera says what it sends, or in one sentence why not, and never how one logs in there."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from bench.simulator import CameraSpec, SimulatorThread, StreamProfile, footage_encode
from tests.assets import REPOSITORY
from tests.runtime.footage import asset
from tests.runtime.live.scripted_server import ScriptedServer
from workers.runtime.contract import ProbeAnswer, ProbeCode, ProbeRequest
from workers.runtime.probe import probe

LOOPBACK = ("127.0.0.0/8",)
GOOD, SECRET = "guard:pass%20word%2F1", "hunter2"


def look(url: str, *, networks: tuple[str, ...] = LOOPBACK, **more: float) -> ProbeAnswer:
    limits = {"open_seconds": 20, "watch_seconds": 1.5} | more
    return probe(ProbeRequest.model_validate({"url": url, "networks": networks, **limits}))


@pytest.mark.slow
def test_what_a_camera_sends_is_measured(cameras: SimulatorThread) -> None:
    answer = look(cameras.rtsp_url("gate"))

    facts = answer.facts
    assert facts is not None and answer.ok
    assert (facts.codec, facts.width, facts.height, facts.transport) == ("h264", 384, 288, "TCP")
    assert (facts.declared_fps, facts.keyframe_seconds, facts.audio_codec) == (10, 0.5, "")
    assert facts.measured_fps == pytest.approx(10, rel=0.05)
    assert facts.kilobits_per_second > 100 and facts.open_seconds > 0
    assert not facts.has_reordered_pictures and answer.warnings == ()
    assert base64.b64decode(answer.snapshot).startswith(b"\xff\xd8")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["gate/mjpeg", "gate/video.ts", "gate/live.m3u8"])
def test_a_camera_is_looked_at_over_http(cameras: SimulatorThread, path: str) -> None:
    answer = look(cameras.http_url(path))

    assert answer.facts is not None, answer.sentence
    assert (answer.facts.width, answer.facts.height, answer.facts.transport) == (384, 288, "HTTP")


@pytest.mark.slow
def test_that_a_camera_has_sound_is_said(cameras: SimulatorThread) -> None:
    facts = look(cameras.rtsp_url("talking")).facts

    assert facts is not None and facts.audio_codec == "pcm_alaw"


@pytest.mark.slow
def test_a_camera_without_tcp_is_looked_at_over_udp_and_that_is_said(cameras: SimulatorThread) -> None:
    answer = look(cameras.rtsp_url("udp-only"))

    assert answer.facts is not None and answer.facts.transport == "UDP"
    assert "UDP" in " ".join(answer.warnings)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["basic", "digest"])
def test_the_login_in_the_address_is_used(cameras: SimulatorThread, name: str) -> None:
    assert look(cameras.rtsp_url(name, credentials=GOOD)).ok
    assert look(cameras.http_url(f"{name}/mjpeg", credentials=GOOD)).ok


@pytest.mark.parametrize("name", ["basic", "digest"])
def test_a_wrong_password_is_told_from_none(cameras: SimulatorThread, name: str) -> None:
    addresses = [
        (cameras.rtsp_url(name, credentials=f"guard:{SECRET}"), "does not accept"),
        (cameras.http_url(f"{name}/video.ts", credentials=f"guard:{SECRET}"), "does not accept"),
        (cameras.rtsp_url(name), "none is given"),
        (cameras.http_url(f"{name}/mjpeg"), "none is given"),
    ]
    for url, words in addresses:
        answer = look(url)
        assert answer.code is ProbeCode.WRONG_LOGIN and words in answer.sentence
        assert SECRET not in answer.model_dump_json()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("refuse", ProbeCode.REFUSED),
        ("not_found", ProbeCode.NOT_FOUND),
        pytest.param("no_video", ProbeCode.NO_VIDEO, marks=pytest.mark.slow),
        pytest.param("stall", ProbeCode.TIMEOUT, marks=pytest.mark.slow),
        pytest.param("garbage", ProbeCode.UNREADABLE, marks=pytest.mark.slow),
    ],
)
def test_each_fault_of_a_camera_has_its_own_sentence(cameras: SimulatorThread, fault: str, code: ProbeCode) -> None:
    getattr(cameras.camera("gate"), fault)()

    waited_for = {ProbeCode.TIMEOUT: 2, ProbeCode.NO_VIDEO: 6}
    assert look(cameras.rtsp_url("gate"), open_seconds=waited_for.get(code, 20)).code is code


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_closed_port_refuses(scheme: str) -> None:
    assert look(f"{scheme}://127.0.0.1:1/x").code is ProbeCode.REFUSED


@pytest.mark.parametrize("scheme", ["rtsps", "https"])
def test_a_port_that_speaks_without_tls_is_told_from_one_where_nothing_answers(scheme: str) -> None:
    with ScriptedServer("RTSP/1.0 400 Bad Request\r\n\r\n") as plain:
        assert look(f"{scheme}://127.0.0.1:{plain.port}/live").code is ProbeCode.UNREADABLE


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps", "http", "https"])
def test_a_camera_that_takes_the_connection_and_says_nothing_is_late(scheme: str) -> None:
    with ScriptedServer("") as silent:
        assert look(f"{scheme}://127.0.0.1:{silent.port}/live", open_seconds=1).code is ProbeCode.TIMEOUT


def test_a_page_and_a_picture_are_no_camera(cameras: SimulatorThread) -> None:
    assert look(cameras.http_url("gate/snapshot.jpg")).code is ProbeCode.NO_VIDEO


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "2130706433", "0x7f.1", "127.1"])
def test_outside_the_networks_nothing_is_connected_to_however_the_host_is_written(
    cameras: SimulatorThread, scheme: str, host: str
) -> None:
    good = cameras.rtsp_url("gate") if scheme == "rtsp" else cameras.http_url("gate/mjpeg")
    answer = look(good.replace("127.0.0.1", host), networks=("10.0.0.0/8", "::/0"))

    assert answer.code is ProbeCode.FORBIDDEN_NETWORK
    counts = cameras.camera("gate").counts
    assert (counts.rtsp_connections, counts.http_requests) == (0, 0)


@pytest.mark.slow
def test_a_name_is_connected_to_by_the_address_that_was_checked(cameras: SimulatorThread) -> None:
    assert look(
        cameras.http_url("gate/mjpeg").replace("127.0.0.1", "localhost"), networks=("127.0.0.0/8", "::1/128")
    ).ok


def test_a_name_that_is_not_known_is_said() -> None:
    assert look("rtsp://camera.invalid/x").code is ProbeCode.UNKNOWN_HOST


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "concat:a|b", "rtsp://", "udp://127.0.0.1:1", "gopher://127.0.0.1"]
)
def test_nothing_but_camera_protocols_is_opened(url: str) -> None:
    assert look(url).code is ProbeCode.INVALID_ADDRESS


def asked(line: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workers.runtime.probe"]
    return subprocess.run(command, cwd=REPOSITORY, input=line, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.slow
def test_the_process_answers_with_one_line_and_holds_its_limits(cameras: SimulatorThread) -> None:
    request = ProbeRequest(
        url=cameras.rtsp_url("digest", credentials=GOOD), networks=LOOPBACK, open_seconds=20, watch_seconds=1
    )
    child = asked(request.model_dump_json() + "\n")

    assert (child.returncode, child.stderr) == (0, "")
    assert ProbeAnswer.model_validate_json(child.stdout).ok
    assert "pass" not in child.stdout


def test_a_request_that_makes_no_sense_is_not_repeated() -> None:
    child = asked('{"url": "rtsp://guard:hunter2@10.0.0.5/", "networks": 7}\n')

    assert child.returncode == 2
    assert child.stdout + child.stderr == ""


@pytest.mark.slow
def test_rare_keyframes_and_h265_are_warned_of(tmp_path: Path) -> None:
    profile = StreamProfile(frames_per_second=10, size=(320, 240), keyframe_seconds=5, seconds=10, codec="hevc")
    file = footage_encode(asset("videos/vtest_h264.mp4"), tmp_path / "rare.mp4", profile)
    with SimulatorThread([CameraSpec("rare", file)]) as cameras:
        answer = look(cameras.rtsp_url("rare"), watch_seconds=10, detect_fps=20)

    assert answer.facts is not None and answer.facts.keyframe_seconds == 5
    words = " ".join(answer.warnings)
    assert "only every 5.0 s" in words and "H.265" in words and "fewer than the 20" in words
