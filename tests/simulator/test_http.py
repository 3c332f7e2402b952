"""What HTTP clients get: MJPEG, progressive files, HLS and snapshots."""

from __future__ import annotations

import urllib.error
import urllib.request

import av
import pytest

from bench.simulator import SimulatorThread
from tests.simulator.player import HASTY_SECONDS, camera_open, camera_play, camera_watch

pytestmark = pytest.mark.slow

STREAMS = pytest.mark.parametrize("name", ["mjpeg", "video.ts", "video.mp4", "live.m3u8"])


@STREAMS
def test_a_login_is_needed(simulator: SimulatorThread, name: str) -> None:
    with pytest.raises(av.HTTPUnauthorizedError):
        camera_open(simulator.http_url(f"basic/{name}", credentials="guard:wrong"))


@STREAMS
def test_the_right_password_plays(simulator: SimulatorThread, name: str) -> None:
    with camera_open(simulator.http_url(f"basic/{name}", credentials="guard:secret")) as container:
        seen = camera_play(container, 5)
    assert seen.widths == [384] * 5
    assert seen.damaged == 0


def test_hls_goes_on_over_several_segments(simulator: SimulatorThread) -> None:
    with camera_open(simulator.http_url("gate/live.m3u8")) as container:
        seen = camera_play(container, 90)
    assert len(seen.widths) == 90
    assert seen.damaged == 0


@pytest.mark.parametrize("name", ["mjpeg", "video.ts", "video.mp4"])
def test_a_stalled_camera_makes_the_reader_time_out(simulator: SimulatorThread, name: str) -> None:
    seen = camera_watch(simulator.http_url(f"gate/{name}"), simulator.camera("gate").stall, read_seconds=HASTY_SECONDS)
    assert seen.error is av.ExitError


@pytest.mark.parametrize("name", ["mjpeg", "video.ts", "video.mp4"])
def test_a_dropped_connection_ends_the_stream(simulator: SimulatorThread, name: str) -> None:
    camera = simulator.camera("gate")
    seen = camera_watch(simulator.http_url(f"gate/{name}"), lambda: camera.drop(reset=True))
    assert seen.ended or seen.error is not None


def test_a_snapshot_is_one_jpeg(simulator: SimulatorThread) -> None:
    with urllib.request.urlopen(simulator.http_url("gate/snapshot.jpg"), timeout=30) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.read(3) == b"\xff\xd8\xff"


def test_an_unknown_camera_is_not_found(simulator: SimulatorThread) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(simulator.http_url("nowhere/mjpeg"), timeout=30)
