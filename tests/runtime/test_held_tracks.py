"""Tracks that nobody looked at: told apart from those that were looked for and not found."""

from __future__ import annotations

import json

import numpy as np
import pytest

from workers.runtime.detections import Detections
from workers.runtime.tracking import Tracker, TrackerConfig

STANDING = (100.0, 100.0, 140.0, 220.0)
STEP_MS = 200


def seeing(*boxes: tuple[float, ...]) -> Detections:
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4), np.full(len(boxes), 0.8, np.float32), np.zeros(len(boxes), np.int32)
    )


@pytest.fixture
def tracker() -> Tracker:
    """Has known a standing person for two seconds, until 2000 ms."""
    tracker = Tracker()
    for step in range(11):
        tracker.update(seeing(STANDING), step * STEP_MS)
    return tracker


def unlooked(tracker: Tracker) -> np.ndarray:
    return np.zeros(len(tracker.outlook(0).track_ids), np.bool_)


def test_a_track_that_nobody_looks_at_stays_and_is_told_of_as_it_was(tracker: Tracker) -> None:
    known = tracker.update(seeing(STANDING), 2_200)
    for step in range(1, 200):
        held = tracker.update(Detections.empty(), 2_200 + step * STEP_MS, unlooked(tracker))

        assert held.track_ids.tolist() == [1]
        assert np.array_equal(held.boxes_xyxy, known.boxes_xyxy)
        assert held.confidences.tolist() == known.confidences.tolist()


def test_a_track_that_was_looked_for_and_not_found_is_lost_in_time(tracker: Tracker) -> None:
    for step in range(1, 12):
        gone = tracker.update(Detections.empty(), 2_000 + step * STEP_MS, ~unlooked(tracker))
        assert len(gone) == 0

    assert len(tracker.outlook(5_000).track_ids) == 0


def test_who_was_held_for_a_minute_is_known_again_when_walking_on(tracker: Tracker) -> None:
    for step in range(1, 300):
        tracker.update(Detections.empty(), 2_000 + step * STEP_MS, unlooked(tracker))
    moved = tracker.update(seeing((108, 100, 148, 220)), 62_000)

    assert moved.track_ids.tolist() == [1]


def test_a_lost_track_that_nobody_looks_at_is_not_told_of_and_grows_old(tracker: Tracker) -> None:
    tracker.update(Detections.empty(), 2_200)
    for step in range(1, 11):
        assert len(tracker.update(Detections.empty(), 2_200 + step * STEP_MS, unlooked(tracker))) == 0

    assert len(tracker.outlook(5_000).track_ids) == 0


def test_held_and_found_tracks_are_told_of_together_in_the_order_of_their_ids(tracker: Tracker) -> None:
    walker = (400.0, 100.0, 440.0, 220.0)
    for step in range(1, 5):
        tracker.update(seeing(STANDING, walker), 2_000 + step * STEP_MS)
    looked = np.array([box[0] > 300 for box in tracker.outlook(3_000).boxes_xyxy])
    tracks = tracker.update(seeing(walker), 3_000, looked)

    assert tracks.track_ids.tolist() == [1, 2]
    assert tracks.boxes_xyxy[:, 0].round().tolist() == [100, 400]


def test_the_saved_state_goes_on_holding_as_if_nothing_had_happened(tracker: Tracker) -> None:
    tracker.update(Detections.empty(), 2_200, unlooked(tracker))
    restored = Tracker.restore(TrackerConfig(), json.loads(json.dumps(tracker.state())))

    expected = tracker.update(Detections.empty(), 2_400, unlooked(tracker))
    held = restored.update(Detections.empty(), 2_400, unlooked(restored))
    assert held.track_ids.tolist() == expected.track_ids.tolist() == [1]
    assert np.array_equal(held.boxes_xyxy, expected.boxes_xyxy)
    assert np.array_equal(held.confidences, expected.confidences)


def test_a_state_of_before_holding_can_be_read(tracker: Tracker) -> None:
    state = tracker.state()
    del state["reported"]

    assert Tracker.restore(TrackerConfig(), state).update(seeing(STANDING), 2_200).track_ids.tolist() == [1]


def test_the_outlook_follows_a_walker_and_says_how_fast(tracker: Tracker) -> None:
    walking = Tracker()
    for step in range(10):
        walking.update(seeing((100 + 20 * step, 100, 140 + 20 * step, 220)), step * STEP_MS)
    outlook = walking.outlook(2_000)

    assert outlook.boxes_xyxy[0, 0] == pytest.approx(300, abs=6)
    assert outlook.speeds[0] == pytest.approx(100 / np.sqrt(40 * 120), rel=0.15)
    assert tracker.outlook(2_200).speeds[0] < 0.05
    assert outlook.were_seen.all()
