"""A replay camera shows the same at the same time in every process, and its laps are clean."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.replay.address import ReplayAddress
from bench.replay.recording import DetectionRecording
from bench.replay.schedule import JITTER_MS, SEAM_FRAMES, STEP_MS, ReplaySchedule
from tests.replay.cameras import saved_walk, walking
from workers.runtime.tracking import Tracker, TrackerConfig


def test_a_recording_survives_its_file(tmp_path: Path) -> None:
    saved, loaded = walking(), DetectionRecording.load("walk", saved_walk(tmp_path))
    assert (loaded.size, loaded.class_names, len(loaded.frames)) == (saved.size, saved.class_names, len(saved.frames))
    for before, after in zip(saved.frames, loaded.frames, strict=True):
        np.testing.assert_array_equal(before.boxes_xyxy, after.boxes_xyxy)
        assert (before.confidences.dtype, before.class_ids.dtype) == (after.confidences.dtype, after.class_ids.dtype)


def test_the_same_seed_shows_the_same_and_another_seed_something_else() -> None:
    first, again, other = (ReplaySchedule(walking(), seed) for seed in (3, 3, 4))
    assert [first.at_ms(number) for number in range(2_000)] == [again.at_ms(number) for number in range(2_000)]
    assert first.at_ms(0) != other.at_ms(0)
    assert first.frame(0).found is not other.frame(0).found


def test_frames_come_one_after_the_other_near_their_step() -> None:
    schedule = ReplaySchedule(walking(), 7)
    times = [schedule.at_ms(number) for number in range(5_000)]
    steps = np.diff(times)
    assert steps.min() >= STEP_MS - 2 * JITTER_MS
    assert steps.max() <= STEP_MS + 2 * JITTER_MS
    assert times[-1] - times[0] == np.clip(times[-1] - times[0], 4_999 * STEP_MS - 30, 4_999 * STEP_MS + 30)


def test_a_camera_joins_at_the_first_frame_that_is_still_to_come() -> None:
    schedule = ReplaySchedule(walking(), 5)
    for number in (0, 1, 998, 4_000):
        assert schedule.first_after(schedule.at_ms(number)) == number + 1
        assert schedule.first_after(schedule.at_ms(number) - 1) == number


def test_every_track_ends_before_the_next_lap_begins() -> None:
    schedule, tracker = ReplaySchedule(walking(), 2), Tracker()
    seen: dict[int, list[int]] = {}
    for number in range(4 * schedule.lap_frames):
        frame = schedule.frame(number)
        for track_id in tracker.update(frame.found, frame.at_ms).track_ids.tolist():
            seen.setdefault(track_id, []).append(frame.at_ms)
    assert len(seen) >= 4
    assert all(times[-1] - times[0] <= 30 * STEP_MS + 2 * JITTER_MS for times in seen.values())
    assert TrackerConfig().lost_seconds * 1000 < SEAM_FRAMES * STEP_MS


def test_an_address_names_recording_and_seed() -> None:
    address = ReplayAddress("campus", 17)
    assert ReplayAddress.parse(address.url) == address
