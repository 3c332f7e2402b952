"""What is measured from packets whose times are partly missing, jump, or are none at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from workers.runtime.probe_measuring import Look, PacketSample, PacketSamples, warnings_for


def samples(stamps: Sequence[float | None], *, keyframe_every: int = 10, has_clock: bool = True) -> PacketSamples:
    packets = [
        PacketSample(number / 10, stamp, 1_000, number % keyframe_every == 0) for number, stamp in enumerate(stamps)
    ]
    return PacketSamples(has_clock, packets)


def look(of: PacketSamples) -> Look:
    return Look(of, codec="h264", width=640, height=360, transport="TCP", detect_fps=5, was_cut_off=False)


def test_the_rate_is_the_cameras_own_where_its_packets_came_in_a_burst() -> None:
    of = samples([number / 25 for number in range(50)])

    assert of.fps == pytest.approx(25)
    assert of.longest_keyframe_seconds == pytest.approx(0.4)


def test_packets_before_the_clock_is_known_are_counted_back() -> None:
    of = samples([None, None, *(number / 10 for number in range(2, 21))])

    assert of.longest_keyframe_seconds == pytest.approx(1)


@pytest.mark.parametrize("stamps", [[7.0] * 30, [float(-number) for number in range(30)], [None] * 30])
def test_a_clock_that_cannot_be_true_is_left_alone(stamps: list[float | None]) -> None:
    assert samples(stamps).fps == pytest.approx(10)


def test_motion_jpeg_is_measured_by_its_arrival() -> None:
    assert samples([number / 25 for number in range(30)], has_clock=False).fps == pytest.approx(10)


def test_pictures_that_step_back_are_b_frames_and_a_clock_that_jumps_is_none() -> None:
    reordered = [number / 10 + (0.3 if number % 3 == 0 else 0) for number in range(30)]
    jumped = [number / 10 - (1_000 if number > 15 else 0) for number in range(30)]

    assert samples(reordered).has_reordered_pictures
    assert not samples(jumped).has_reordered_pictures


def test_nothing_measured_is_nothing_claimed() -> None:
    of = PacketSamples(has_clock=True)

    assert (of.fps, of.longest_keyframe_seconds, of.kilobits_per_second) == (None, None, 0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"codec": "hevc"}, "H.265"),
        ({"codec": "mjpeg"}, "Motion JPEG"),
        ({"width": 3840, "height": 2160}, "very large (3840 x 2160)"),
        ({"detect_fps": 15}, "fewer than the 15"),
        ({"transport": "UDP"}, "UDP"),
    ],
)
def test_what_works_less_well_is_said(more: dict[str, object], words: str) -> None:
    usual = look(samples([number / 10 for number in range(30)]))
    [warning] = warnings_for(replace(usual, **more))  # type: ignore[arg-type]  # fields of several types

    assert words in warning


def test_keyframes_that_are_rare_or_missing_are_said() -> None:
    times: list[float | None] = [number / 10 for number in range(100)]
    [rare] = warnings_for(look(samples(times, keyframe_every=50)))
    [missing] = warnings_for(look(samples(times, keyframe_every=1_000)))

    assert "only every 5.0 s" in rare
    assert "Fewer than two keyframes came in 10 s" in missing


def test_a_good_camera_gets_no_warning() -> None:
    assert warnings_for(look(samples([number / 10 for number in range(30)]))) == []
