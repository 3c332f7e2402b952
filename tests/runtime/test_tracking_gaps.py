"""Nothing is seen for seconds, as when another host takes over: who stood is the same after it, who walked is not."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pytest

from rules.engine.evaluation import ActiveRule, FrameTracks, RuleEngine, Started
from rules.engine.schema import RuleSpec, ZoneShape
from workers.runtime.detections import Detections, Tracks
from workers.runtime.tracking import Tracker, TrackerConfig

STEP_MS = 200
WIDTH, HEIGHT = 640, 360
LINE = ZoneShape(name="Door", kind="line", points=((0.5, 0.0), (0.5, 1.0)))
YARD = ZoneShape(name="Yard", kind="polygon", points=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
CROSSING = {"name": "Through the door", "when": {"type": "line_crossing", "line": "Door", "direction": "right_to_left"}}
LOITERING = {"name": "Loitering", "when": {"type": "zone_presence", "zone": "Yard", "dwell_seconds": 20}}
PASSING_MS, CLEAR_MS = 6_000, 3_500
"""Somebody walks by for so long, then nobody is there: what comes after the gap is the next one's way."""


def seeing(*lefts: float) -> Detections:
    boxes = np.array([(left, 100, left + 40, 220) for left in lefts], np.float32).reshape(-1, 4)
    return Detections(boxes, np.full(len(lefts), 0.9, np.float32), np.zeros(len(lefts), np.int32))


def walkers(at_ms: int) -> Detections:
    """One after the other, on the same way, through the line after three seconds."""
    passed_ms = at_ms % (PASSING_MS + CLEAR_MS)
    return seeing(180 + 0.04 * passed_ms) if passed_ms < PASSING_MS else seeing()


def taken_over(tracker: Tracker) -> Tracker:
    return Tracker.restore(TrackerConfig(), json.loads(json.dumps(tracker.state())))


def known_as(tracker: Tracker, start_ms: int, end_ms: int, *lefts: float) -> list[int]:
    """The ids of those who stand there meanwhile."""
    for at_ms in range(start_ms, end_ms, STEP_MS):
        tracks = tracker.update(seeing(*lefts), at_ms)
    return [int(track_id) for track_id in tracks.track_ids]


class Watch:
    """A tracker and its rule; both go on from what another left."""

    def __init__(self, rule: Mapping[str, object], before: Watch | None = None) -> None:
        self.tracker: Tracker = Tracker() if before is None else taken_over(before.tracker)
        self.engine = RuleEngine([ActiveRule(1, 1, RuleSpec.model_validate(rule))], [LINE, YARD])
        if before is not None:
            self.engine.restore(json.loads(json.dumps(before.engine.state())))

    def see(self, found: Detections, at_ms: int) -> list[int]:
        """When what this frame starts began."""
        changes = self.engine.step(_frame(self.tracker.update(found, at_ms), at_ms))
        return [change.start_ms for change in changes if isinstance(change, Started)]


def _frame(tracks: Tracks, at_ms: int) -> FrameTracks:
    return FrameTracks(
        timestamp_ms=at_ms,
        track_ids=tracks.track_ids,
        class_names=("person",) * len(tracks),
        confidences=tracks.confidences,
        boxes_xyxy=tracks.boxes_xyxy / np.array((WIDTH, HEIGHT, WIDTH, HEIGHT)),
        aspect=WIDTH / HEIGHT,
    )


@pytest.mark.parametrize("left_at_ms", range(3_400, 4_400, STEP_MS))
def test_who_comes_the_same_way_after_a_gap_is_counted_as_well(left_at_ms: int) -> None:
    first = Watch(CROSSING)
    counted = [start for at_ms in range(0, left_at_ms, STEP_MS) for start in first.see(walkers(at_ms), at_ms)]
    second, back_at_ms = Watch(CROSSING, first), left_at_ms + 8_000
    frames = range(back_at_ms, 2 * (PASSING_MS + CLEAR_MS), STEP_MS)
    counted += [start for at_ms in frames for start in second.see(walkers(at_ms), at_ms)]
    assert len(counted) == 2


@pytest.mark.parametrize("gap_ms", [2_200, 5_000, 12_000])
def test_who_stands_where_they_stood_before_a_gap_keeps_their_id(gap_ms: int) -> None:
    tracker = Tracker()
    assert known_as(tracker, 0, 4_000, 100, 400) == [1, 2]
    assert known_as(taken_over(tracker), 4_000 + gap_ms, 4_400 + gap_ms, 104, 397) == [1, 2]


def test_a_dwell_timer_runs_on_over_a_gap() -> None:
    first = Watch(LOITERING)
    assert not [start for at_ms in range(0, 8_000, STEP_MS) for start in first.see(seeing(300), at_ms)]
    second = Watch(LOITERING, first)
    begun = [start for at_ms in range(20_000, 24_000, STEP_MS) for start in second.see(seeing(306), at_ms)]
    assert begun == [STEP_MS + 20_000]  # since they were seen for the second time


def test_who_appears_beside_one_who_stood_is_somebody_else() -> None:
    tracker = Tracker()
    known_as(tracker, 0, 4_000, 100)
    assert known_as(tracker, 13_000, 14_000, 130) == [2]


def test_who_walked_is_not_whoever_stands_where_they_were_seen_last() -> None:
    tracker = Tracker()
    for at_ms in range(0, 2_000, STEP_MS):
        tracker.update(seeing(100 + 0.06 * at_ms), at_ms)
    assert known_as(tracker, 10_000, 11_000, 100 + 0.06 * 1_800) == [2]


def test_nobody_looks_where_one_stood_and_nothing_moved_and_they_are_still_there() -> None:
    tracker = Tracker()
    for at_ms in range(0, 4_000, STEP_MS):
        tracker.update(seeing(100, 300 + 0.06 * at_ms), at_ms)
    unlooked = np.zeros(len(tracker.outlook(12_000).track_ids), np.bool_)
    assert tracker.update(seeing(), 12_000, unlooked).track_ids.tolist() == [1]


def test_a_camera_that_is_looked_at_every_three_seconds_has_no_gaps() -> None:
    tracker = Tracker()
    found = [tracker.update(seeing(100 + 30 * step), 3_000 * step).track_ids.tolist() for step in range(6)]
    assert found == [[], [1], [1], [1], [1], [1]]


def test_a_tracker_saved_before_gaps_were_known_goes_on() -> None:
    tracker = Tracker()
    known_as(tracker, 0, 4_000, 100)
    saved = {name: value for name, value in tracker.state().items() if name != "step_ms"}
    assert known_as(Tracker.restore(TrackerConfig(), saved), 12_000, 12_400, 100) == [1]
