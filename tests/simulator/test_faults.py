"""What an RTSP client sees of each fault."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from bench.simulator import SimulatorThread
from tests.simulator.player import (
    HASTY_SECONDS,
    MOST_PACKETS,
    PICTURES_PER_SECOND,
    Seen,
    camera_open,
    camera_play,
    camera_watch,
)

pytestmark = pytest.mark.slow

TRANSPORTS = pytest.mark.parametrize("transport", ["tcp", "udp"])


def _has_jumped(seen: Seen) -> bool:
    return any(abs(step) > PICTURES_PER_SECOND for step in seen.steps)


def _has_lost_pictures(seen: Seen) -> bool:
    return seen.damaged > 0 or max(seen.steps, default=1) > 1


def _latest(seen: Seen) -> set[bytes]:
    """The different ones among the last ten pictures."""
    return set(seen.pictures[-10:])


@TRANSPORTS
def test_a_stalled_camera_makes_the_reader_time_out(simulator: SimulatorThread, transport: str) -> None:
    camera = simulator.camera("gate")
    seen = camera_watch(simulator.rtsp_url("gate"), camera.stall, transport=transport, read_seconds=HASTY_SECONDS)
    assert seen.error is av.ExitError
    assert camera.counts.rtsp_connections == 1


def test_a_short_stall_leaves_a_gap_and_goes_on(simulator: SimulatorThread) -> None:
    camera = simulator.camera("gate")
    seen = camera_watch(
        simulator.rtsp_url("gate"), lambda: camera.stall(seconds=1), lambda seen: max(seen.steps, default=0) > 5
    )
    assert max(seen.steps) > 5
    assert seen.error is None


@TRANSPORTS
@pytest.mark.parametrize("reset", [False, True])
def test_a_dropped_connection_ends_the_stream(simulator: SimulatorThread, transport: str, reset: bool) -> None:
    camera = simulator.camera("gate")
    seen = camera_watch(simulator.rtsp_url("gate"), lambda: camera.drop(reset=reset), transport=transport)
    assert seen.ended


@TRANSPORTS
def test_a_goodbye_ends_the_stream(simulator: SimulatorThread, transport: str) -> None:
    camera = simulator.camera("gate")
    seen = camera_watch(simulator.rtsp_url("gate"), camera.silent_end, transport=transport)
    assert seen.ended


def test_a_frozen_camera_keeps_sending_one_picture(simulator: SimulatorThread) -> None:
    camera = simulator.camera("gate")
    seen = camera_watch(
        simulator.rtsp_url("gate"), camera.frozen, lambda seen: len(seen.pictures) >= 30 and len(_latest(seen)) == 1
    )
    assert len(_latest(seen)) == 1
    assert set(seen.steps) == {1}


def test_a_frozen_camera_thaws(simulator: SimulatorThread) -> None:
    camera = simulator.camera("gate")
    camera.frozen()
    seen = camera_watch(simulator.rtsp_url("gate"), camera.heal, lambda seen: len(_latest(seen)) > 5)
    assert len(_latest(seen)) > 5


@TRANSPORTS
def test_garbage_cannot_be_decoded(simulator: SimulatorThread, transport: str) -> None:
    camera = simulator.camera("gate")
    seen = camera_watch(simulator.rtsp_url("gate"), camera.garbage, lambda seen: seen.damaged > 5, transport=transport)
    assert seen.damaged > 5


def test_garbage_that_ends_is_followed_by_whole_pictures(simulator: SimulatorThread) -> None:
    camera = simulator.camera("gate")
    with camera_open(simulator.rtsp_url("gate")) as container:
        camera.garbage()
        assert camera_play(container, MOST_PACKETS, lambda seen: seen.damaged > 0).damaged > 0
        camera.heal()
        # After what was on its way; in fifteen pictures are two keyframes, which show any garbage.
        assert any(camera_play(container, 15).damaged == 0 for _ in range(40))


def test_garbage_between_packets_loses_the_framing(simulator: SimulatorThread) -> None:
    camera = simulator.camera("gate")
    url = simulator.rtsp_url("gate")
    seen = camera_watch(url, camera.garbage_interleaving, _has_lost_pictures, read_seconds=HASTY_SECONDS)
    assert seen.error is not None or seen.ended or _has_lost_pictures(seen)


@pytest.mark.parametrize("shift_seconds", [30, -30])
def test_timestamps_jump_but_pictures_keep_coming(simulator: SimulatorThread, shift_seconds: int) -> None:
    camera = simulator.camera("gate")
    seen = camera_watch(simulator.rtsp_url("gate"), lambda: camera.pts_jump(shift_seconds=shift_seconds), _has_jumped)
    assert seen.error is None
    assert shift_seconds * PICTURES_PER_SECOND + 1 in seen.steps


def test_restarted_timestamps_run_on_from_elsewhere(simulator: SimulatorThread) -> None:
    camera = simulator.camera("gate")
    camera.pts_jump(shift_seconds=1000)
    seen = camera_watch(simulator.rtsp_url("gate"), camera.restart_timestamps, _has_jumped)
    assert _has_jumped(seen)
    assert seen.error is None


def test_the_resolution_changes_in_the_running_stream(simulator: SimulatorThread, footage: dict[str, Path]) -> None:
    camera = simulator.camera("gate")
    seen = camera_watch(
        simulator.rtsp_url("gate"), lambda: camera.resolution_change(footage["large"]), lambda seen: 640 in seen.widths
    )
    assert seen.widths[0] == 384
    assert seen.widths[-1] == 640
    assert seen.damaged == 0


def test_a_thin_path_makes_pictures_late(simulator: SimulatorThread) -> None:
    camera = simulator.camera("gate")
    with camera_open(simulator.rtsp_url("gate"), read_seconds=HASTY_SECONDS) as container:
        camera.slow(bytes_per_second=2_000)
        seen = camera_play(container, MOST_PACKETS)
    assert seen.error is av.ExitError, "a picture takes longer than the reader waits"


def test_jitter_keeps_the_order(simulator: SimulatorThread) -> None:
    camera = simulator.camera("gate")
    seen = camera_watch(
        simulator.rtsp_url("gate"), lambda: camera.slow(jitter_seconds=0.05), lambda seen: len(seen.widths) >= 20
    )
    assert seen.damaged == 0
    assert set(seen.steps) == {1}


def test_a_changed_password_refuses_new_clients_and_keeps_running_ones(simulator: SimulatorThread) -> None:
    camera = simulator.camera("basic")
    url = simulator.rtsp_url("basic", credentials="guard:secret")
    with camera_open(url) as container:
        camera.change_login(user="guard", password="another")
        assert len(camera_play(container, 5).widths) == 5
        with pytest.raises(av.HTTPUnauthorizedError):
            camera_open(url)


def test_a_refused_connection_cannot_be_opened(simulator: SimulatorThread) -> None:
    simulator.camera("gate").refuse()
    with pytest.raises(av.FFmpegError):
        camera_open(simulator.rtsp_url("gate"))


def test_a_closed_listener_refuses_until_it_is_opened_again(simulator: SimulatorThread) -> None:
    url = simulator.rtsp_url("gate")
    simulator.close_listeners()
    with pytest.raises(av.ConnectionRefusedError):
        camera_open(url)
    simulator.open_listeners()
    with camera_open(url) as container:
        assert camera_play(container, 1).widths == [384]


def test_a_camera_that_lost_its_stream_is_not_found(simulator: SimulatorThread) -> None:
    simulator.camera("gate").not_found()
    with pytest.raises(av.HTTPNotFoundError):
        camera_open(simulator.rtsp_url("gate"))


def test_a_camera_without_video_describes_audio_only(simulator: SimulatorThread) -> None:
    simulator.camera("gate").no_video()
    with camera_open(simulator.rtsp_url("gate"), open_seconds=5) as container:
        assert [stream.type for stream in container.streams] == ["audio"]


def test_answers_that_come_too_late_fail_the_opening(simulator: SimulatorThread) -> None:
    simulator.camera("gate").delay_answers(delay_seconds=2)
    with pytest.raises(av.FFmpegError):
        camera_open(simulator.rtsp_url("gate"), open_seconds=1)


def test_a_fault_touches_its_own_camera_only(simulator: SimulatorThread) -> None:
    simulator.camera("gate").stall()
    with camera_open(simulator.rtsp_url("tcp-only")) as container:
        assert len(camera_play(container, 5).widths) == 5
