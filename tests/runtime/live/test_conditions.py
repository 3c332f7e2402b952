"""Every fault of a camera is named, and the stream comes back when it is over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bench.simulator import SimulatorThread
from bench.simulator.handles import ThreadedCamera
from tests.runtime.live.watching import CALM, HASTY, START_MS, Watching
from workers.runtime.live.conditions import Condition
from workers.runtime.live.connection import Patience

pytestmark = pytest.mark.slow

FAULTS: dict[Condition, Callable[[ThreadedCamera], None]] = {
    Condition.STALLED: lambda camera: camera.stall(),
    Condition.FROZEN: lambda camera: camera.frozen(),
    Condition.GARBAGE: lambda camera: camera.garbage(),
}
OPEN_FAULTS: dict[Condition, Callable[[ThreadedCamera], None]] = {
    Condition.REFUSED: lambda camera: camera.refuse(),
    Condition.NOT_FOUND: lambda camera: camera.not_found(),
    Condition.NO_VIDEO: lambda camera: camera.no_video(),
    Condition.STALLED: lambda camera: camera.delay_answers(delay_seconds=5),
}
PATIENCE = {Condition.STALLED: Patience(20, 4)}
OPEN_PATIENCE = {Condition.STALLED: Patience(3, 20), Condition.NO_VIDEO: Patience(20, 6)}
"""Both short only where a fault shows by it: every condition counts, and a busy machine is no camera that stalls."""


@pytest.mark.parametrize("condition", FAULTS, ids=str)
def test_a_fault_of_a_running_stream_is_named_and_got_over(cameras: SimulatorThread, condition: Condition) -> None:
    camera = cameras.camera("gate")
    settings = replace(CALM, patience=PATIENCE.get(condition, CALM.patience))
    with Watching(cameras.rtsp_url("gate"), settings) as watching:
        watching.until_frames(3)
        FAULTS[condition](camera)
        watching.until_condition(condition)
        camera.heal()
        watching.until_condition(Condition.ONLINE)
        watching.until_frames(3)

    assert watching.seen == [Condition.CONNECTING, Condition.ONLINE, condition, Condition.ONLINE]


@pytest.mark.parametrize("condition", OPEN_FAULTS, ids=str)
def test_why_a_camera_cannot_be_opened_is_named(cameras: SimulatorThread, condition: Condition) -> None:
    camera = cameras.camera("gate")
    OPEN_FAULTS[condition](camera)
    settings = replace(CALM, patience=OPEN_PATIENCE.get(condition, CALM.patience))
    with Watching(cameras.rtsp_url("gate"), settings) as watching:
        watching.until_condition(condition)
        camera.heal()
        watching.until_frames(3)

    assert watching.seen == [Condition.CONNECTING, condition, Condition.ONLINE]


def test_sound_that_goes_on_does_not_hide_that_no_picture_comes(cameras: SimulatorThread) -> None:
    with Watching(cameras.rtsp_url("talking"), HASTY) as watching:
        watching.until_frames(2)
        cameras.camera("talking").stall()
        watching.until_condition(Condition.STALLED)
        watching.until(lambda: cameras.camera("talking").counts.plays > 1, "the camera is opened again")
        cameras.camera("talking").heal()
        watching.until_frames(2)


@pytest.mark.parametrize("reset", [False, True])
def test_a_dropped_connection_is_opened_again(cameras: SimulatorThread, reset: bool) -> None:
    with Watching(cameras.rtsp_url("gate")) as watching:
        watching.until_frames(3)
        cameras.camera("gate").drop(reset=reset)
        watching.until_condition(Condition.ENDED)
        watching.until_frames(3)

    assert watching.stream.counts.connections == 2


def test_a_goodbye_is_an_end(cameras: SimulatorThread) -> None:
    with Watching(cameras.rtsp_url("gate"), HASTY) as watching:
        watching.until_frames(3)
        cameras.camera("gate").silent_end()
        watching.until_condition(Condition.ENDED)
        watching.until_frames(3)


def test_lost_framing_is_got_over_by_a_new_connection(cameras: SimulatorThread) -> None:
    camera = cameras.camera("gate")
    with Watching(cameras.rtsp_url("gate"), HASTY) as watching:
        watching.until_frames(3)
        camera.garbage_interleaving()
        watching.until_count("connections", 2)
        camera.heal()
        watching.until_frames(3)

    assert {Condition.STALLED, Condition.GARBAGE, Condition.ENDED} & set(watching.seen)


def test_a_second_of_noise_in_the_framing_is_got_over_on_either_way(cameras: SimulatorThread) -> None:
    """FFmpeg finds the next packet by itself or not at all; how long it takes is up to the noise."""
    with Watching(cameras.rtsp_url("gate"), HASTY) as watching:
        watching.until_frames(3)
        cameras.camera("gate").garbage_interleaving(seconds=1)
        healed_ms = watching.now_ms() + 1_000
        watching.until(lambda: bool(watching.taken_ms) and watching.taken_ms[-1] > healed_ms, "a frame after the noise")


def test_a_thin_path_is_named_slow(cameras: SimulatorThread) -> None:
    settings = replace(HASTY, late_seconds=0.3, patience=Patience(3, 10))
    with Watching(cameras.rtsp_url("gate"), settings) as watching:
        watching.until_frames(3)
        cameras.camera("gate").slow(bytes_per_second=40_000)
        watching.until_condition(Condition.SLOW)
        cameras.camera("gate").heal()
        watching.until_condition(Condition.ONLINE)


def test_a_closed_port_refuses_until_it_is_open(cameras: SimulatorThread) -> None:
    url = cameras.rtsp_url("gate")
    cameras.close_listeners()
    with Watching(url) as watching:
        watching.until_condition(Condition.REFUSED)
        cameras.open_listeners()
        watching.until_frames(3)


def test_a_host_that_is_not_there_is_unreachable() -> None:
    settings = replace(HASTY, patience=Patience(0.5, 0.5))
    # Reserved for documentation: no such host exists anywhere.
    with Watching("rtsp://camera.invalid/stream", settings) as watching:
        watching.until_condition(Condition.UNREACHABLE)


def test_the_size_of_the_pictures_may_change(cameras: SimulatorThread, live_footage: dict[str, Path]) -> None:
    with Watching(cameras.rtsp_url("gate")) as watching:
        watching.until_frames(3)
        cameras.camera("gate").resolution_change(live_footage["large"])
        watching.until_condition(Condition.RESOLUTION_CHANGED)
        frames = watching.until_frames(3)

    assert frames[-1].picture.width == 640
    assert watching.seen[-2:] == [Condition.RESOLUTION_CHANGED, Condition.ONLINE]
    assert watching.stream.counts.connections == 1


def test_no_damaged_picture_is_let_through(cameras: SimulatorThread) -> None:
    camera = cameras.camera("gate")
    with Watching(cameras.rtsp_url("gate")) as watching:
        watching.until_frames(3)
        camera.garbage()
        watching.until_count("damaged", 1)
        camera.heal()
        watching.until_frames(5)

    assert {(frame.picture.width, frame.picture.height) for frame in watching.frames} == {(384, 288)}
    assert not any(frame.picture.is_corrupt for frame in watching.frames)
    assert Condition.RESOLUTION_CHANGED not in watching.seen


JUMPS: tuple[Callable[[ThreadedCamera], None], ...] = (
    lambda camera: camera.pts_jump(shift_seconds=500),
    lambda camera: camera.pts_jump(shift_seconds=-900),
    lambda camera: camera.restart_timestamps(),
)


def test_stream_time_goes_on_while_the_cameras_clock_jumps(cameras: SimulatorThread) -> None:
    with Watching(cameras.rtsp_url("gate")) as watching:
        watching.until_frames(3)
        for number, jump in enumerate(JUMPS, start=1):
            jump(cameras.camera("gate"))
            watching.until_count("clock_jumps", number)
            watching.until_frames(3)

    steps_ms = [after.at_ms - before.at_ms for before, after in pairwise(watching.frames)]
    assert min(steps_ms) > 0
    assert watching.frames[0].at_ms >= START_MS
    assert watching.frames[-1].at_ms <= watching.now_ms()
    assert watching.stream.counts.connections == 1


@pytest.mark.parametrize("name", ["basic", "digest"])
def test_a_login_with_odd_signs_is_accepted(cameras: SimulatorThread, name: str) -> None:
    with Watching(cameras.rtsp_url(name, credentials="guard:pass%20word%2F1")) as watching:
        watching.until_frames(2)


def test_a_changed_password_is_named_when_the_camera_is_opened_again(cameras: SimulatorThread) -> None:
    camera = cameras.camera("digest")
    with Watching(cameras.rtsp_url("digest", credentials="guard:pass%20word%2F1")) as watching:
        watching.until_frames(2)
        camera.change_login(user="guard", password="another")
        camera.drop()
        watching.until_condition(Condition.UNAUTHORISED)
        camera.change_login(user="guard", password="pass word/1")
        watching.until_frames(2)


@pytest.mark.parametrize(
    "path",
    ["gate/mjpeg", "gate/video.ts", "gate/video.mp4", "gate/live.m3u8", "hevc/video.ts"],
)
def test_streams_over_http_are_read_evenly(cameras: SimulatorThread, path: str) -> None:
    with Watching(cameras.http_url(path)) as watching:
        frames = watching.until_frames(20)

    steps_ms = [after.at_ms - before.at_ms for before, after in pairwise(frames)]
    assert min(steps_ms) > 0
    assert sum(step_ms >= 40 for step_ms in steps_ms) >= 12, steps_ms
    # Segments come at once; a detector would miss most frames if they were not played as they were taken.
    offered = len(frames) + watching.slot.skipped
    assert offered >= 5 * sum(steps_ms) / 1000, steps_ms
    assert watching.seen == [Condition.CONNECTING, Condition.ONLINE]


@pytest.mark.parametrize("networks", [None, ("127.0.0.0/8",)], ids=["anywhere", "pinned"])
def test_a_camera_over_tls_with_a_certificate_of_its_own_is_read(
    cameras: SimulatorThread, networks: tuple[str, ...] | None
) -> None:
    ports = cameras.ports
    login = "guard:pass%20word%2F1"
    for url in (
        ports.rtsp_url("digest", credentials=login, is_secure=True),
        ports.http_url("gate/mjpeg", is_secure=True),
    ):
        with Watching(url, networks=networks) as watching:
            watching.until_frames(2)


def test_an_http_stream_that_drops_is_opened_again(cameras: SimulatorThread) -> None:
    with Watching(cameras.http_url("gate/video.ts")) as watching:
        watching.until_frames(3)
        cameras.camera("gate").drop(reset=True)
        watching.until_condition(Condition.ENDED)
        watching.until_frames(3)


def test_a_page_that_is_no_video_is_named(cameras: SimulatorThread) -> None:
    with Watching(f"http://127.0.0.1:{cameras.simulator.ports.control}/cameras") as watching:
        watching.until_condition(Condition.NO_VIDEO)


def test_a_camera_that_takes_udp_only_is_read(cameras: SimulatorThread) -> None:
    with Watching(cameras.rtsp_url("udp-only")) as watching:
        watching.until_frames(3)


def test_many_reconnections_leave_no_thread_and_no_open_file(cameras: SimulatorThread) -> None:
    def used() -> tuple[int, int]:
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    with Watching(cameras.rtsp_url("gate")) as watching:
        threads = files = 0
        for number in range(1, 7):
            watching.until_count("connections", number)
            watching.until_frames(2)
            if number == 2:
                threads, files = used()
            if number < 6:
                cameras.camera("gate").drop()
        watching.until(lambda: used()[0] <= threads and used()[1] <= files, "the end of what dropped")
