"""The tracker on hand-made scenes: who gets an id, who keeps it, and what may not confuse it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.runtime.detections import Detections, Tracks
from workers.runtime.tracking import Tracker, TrackerConfig
from workers.runtime.tracking.association import MANY_PAIRS, overlapping

PERSON, CAR, TRUCK = 0, 2, 7
FRAME_MS = 200
Row = tuple[float, float, float, float, float, int]
"""Left, top, right, bottom, confidence, class."""


def box(x: float, y: float = 100, *, confidence: float = 0.9, class_id: int = PERSON, width: float = 40) -> Row:
    """A person-like box whose left top corner is given."""
    return (x, y, x + width, y + 100, confidence, class_id)


def detections(rows: Sequence[Row]) -> Detections:
    table = np.array(rows, np.float64).reshape(-1, 6)
    return Detections(table[:, :4].astype(np.float32), table[:, 4].astype(np.float32), table[:, 5].astype(np.int32))


def follow(frames: Iterable[Sequence[Row]], tracker: Tracker | None = None, every_ms: int = FRAME_MS) -> list[Tracks]:
    tracker = tracker or Tracker()
    return [tracker.update(detections(rows), number * every_ms) for number, rows in enumerate(frames)]


def ids(results: Iterable[Tracks]) -> list[list[int]]:
    return [tracks.track_ids.tolist() for tracks in results]


def as_rows(tracks: Tracks) -> list[list[float]]:
    columns = (tracks.track_ids, tracks.class_ids, tracks.confidences, tracks.boxes_xyxy)
    return [list(map(float, row)) for row in np.column_stack(columns)]


def test_a_track_is_reported_from_its_second_clear_detection_on() -> None:
    assert ids(follow([[box(10)], [box(12)], [box(14)]])) == [[], [1], [1]]


def test_a_faint_object_must_be_seen_more_often() -> None:
    faint = [[box(10, confidence=0.5)]] * 4
    assert ids(follow(faint)) == [[], [], [1], [1]]


def test_a_detection_that_flashes_up_once_is_never_reported() -> None:
    flashes = [[box(10)], [], [], [box(10)], [], [], [box(10)], []]
    assert ids(follow(flashes, every_ms=400)) == [[]] * 8


def test_low_confidence_starts_no_track() -> None:
    assert ids(follow([[box(10, confidence=0.3)]] * 10)) == [[]] * 10


def test_low_confidence_continues_a_track() -> None:
    results = follow([[box(10)], [box(12)], [box(14, confidence=0.15)], [box(16)]])
    assert ids(results)[1:] == [[1], [1], [1]]
    assert results[2].confidences.tolist() == pytest.approx([0.15])


def test_ids_count_from_one_in_every_stream() -> None:
    first, second = Tracker(), Tracker()
    assert ids(follow([[box(10), box(300)]] * 2, first))[-1] == [1, 2]
    assert ids(follow([[box(10)]] * 2, second))[-1] == [1]


def test_a_returning_object_keeps_its_id_for_a_while_and_no_id_is_used_twice() -> None:
    seen: list[list[Row]] = [[box(10)]]
    away: list[list[Row]] = [[]]
    assert ids(follow([*seen * 3, *away * 5, *seen * 3]))[-1] == [1]
    assert ids(follow([*seen * 3, *away * 15, *seen * 3]))[-1] == [2]


def test_two_who_cross_keep_their_ids() -> None:
    frames = [[box(20 + 8 * n), box(260 - 8 * n, 110)] for n in range(31)]
    results = follow(frames, every_ms=100)
    assert ids(results)[-1] == [1, 2]
    assert results[-1].boxes_xyxy[0, 0] > 200 > results[-1].boxes_xyxy[1, 0]


def test_a_faint_detection_just_where_a_track_is_outweighs_a_clear_one_beside_it() -> None:
    beside, just_there = box(26, confidence=0.55), box(10, confidence=0.48)
    (tracks,) = follow([[box(10)], [box(10)], [beside, just_there]])[2:]
    assert tracks.confidences.tolist() == pytest.approx([0.48])


def test_uneven_frame_times_do_not_lose_a_walker() -> None:
    tracker = Tracker()
    times = np.cumsum([0, 40, 40, 400, 40, 900, 200, 40, 700, 200, 40])
    found = [tracker.update(detections([box(10 + 0.06 * at)]), int(at)).track_ids.tolist() for at in times]
    assert found[1:] == [[1]] * 10


def test_a_fast_object_is_one_track_though_its_boxes_never_overlap() -> None:
    car: list[list[Row]] = [[(left, 100, left + 100, 160, 0.9, CAR)] for left in range(100, 900, 110)]
    assert ids(follow(car))[1:] == [[1]] * 7


def test_a_moment_under_another_name_changes_neither_track_nor_class() -> None:
    names = [CAR, CAR, CAR, TRUCK, CAR, TRUCK, CAR]
    results = follow([[box(10, class_id=name, width=150)] for name in names])
    assert ids(results)[1:] == [[1]] * 6
    assert {int(tracks.class_ids[0]) for tracks in results[1:]} == {CAR}


def test_a_lasting_other_name_becomes_the_tracks_class() -> None:
    results = follow([[box(10, class_id=name, width=150)] for name in [CAR] * 3 + [TRUCK] * 8])
    assert ids(results)[-1] == [1]
    assert results[-1].class_ids.tolist() == [TRUCK]


def test_an_object_found_under_two_names_at_once_is_one_track() -> None:
    both = [[box(10, class_id=CAR, width=150), box(11, class_id=TRUCK, width=150, confidence=0.6)]] * 6
    assert ids(follow(both))[-1] == [1]


def test_a_person_in_front_of_a_vanished_truck_is_not_the_truck() -> None:
    truck: Row = (0, 0, 120, 140, 0.9, TRUCK)
    person: Row = (30, 20, 90, 140, 0.9, PERSON)
    results = follow([[truck]] * 4 + [[person]] * 4)
    assert ids(results)[3] == [1]
    assert ids(results)[-1] == [2]
    assert results[-1].class_ids.tolist() == [PERSON]


def test_reported_boxes_lie_on_the_object() -> None:
    results = follow([[box(10 + 12 * n)] for n in range(20)])
    assert results[-1].boxes_xyxy[0] == pytest.approx([238, 100, 278, 200], abs=4)


def test_broken_boxes_are_ignored() -> None:
    broken: list[Row] = [
        (float("nan"), 0, 10, 10, 0.9, 0),
        (0, 0, float("inf"), 10, 0.9, 0),
        (50, 50, 50, 90, 0.9, 0),
        (90, 50, 50, 90, 0.9, 0),
        (0, 0, 10, 10, float("nan"), 0),
    ]
    assert ids(follow([[*broken, box(300)]] * 3))[-1] == [1]


@pytest.mark.parametrize("times", [(0, 200, 200, 400), (0, 200, 100, 400), (5000, 5200, 0, 5400)])
def test_repeated_and_backward_timestamps_do_no_harm(times: tuple[int, ...]) -> None:
    tracker = Tracker()
    found = [tracker.update(detections([box(10)]), at).track_ids.tolist() for at in times]
    assert found == [[], [1], [1], [1]]


def test_memory_is_bounded_however_wild_the_input() -> None:
    random = np.random.default_rng(1)
    tracker = Tracker(TrackerConfig(max_tracks=50))
    for number in range(100):
        corners = random.uniform(0, 2000, (40, 2))
        tracker.update(detections([box(x, y) for x, y in corners]), number * 40)
    rows = tracker.state()["rows"]
    assert isinstance(rows, list) and 0 < len(rows) <= 50


scenes = st.lists(
    st.lists(
        st.tuples(
            st.floats(0, 300),
            st.floats(0, 100),
            st.sampled_from([0.2, 0.45, 0.7, 0.95]),
            st.sampled_from([PERSON, CAR]),
        ),
        max_size=5,
    ),
    min_size=2,
    max_size=12,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(scenes, st.data())
def test_a_restored_tracker_goes_on_bit_for_bit(
    scene: list[list[tuple[float, float, float, int]]], data: st.DataObject
) -> None:
    frames = [detections([box(x, y, confidence=c, class_id=k) for x, y, c, k in rows]) for rows in scene]
    cut = data.draw(st.integers(0, len(frames)))
    whole, first = Tracker(), Tracker()
    expected = [as_rows(whole.update(frame, at * FRAME_MS)) for at, frame in enumerate(frames)]
    found = [as_rows(first.update(frame, at * FRAME_MS)) for at, frame in enumerate(frames[:cut])]
    second = Tracker.restore(TrackerConfig(), json.loads(json.dumps(first.state())))
    found += [as_rows(second.update(frame, at * FRAME_MS)) for at, frame in enumerate(frames[cut:], start=cut)]
    assert found == expected
    assert second.state() == whole.state()


def test_a_few_boxes_and_many_are_compared_alike() -> None:
    chance = np.random.default_rng(7)
    corners, sizes = chance.uniform(0, 200, (30, 2)), chance.uniform(20, 80, (30, 2))
    boxes = np.concatenate((corners, corners + sizes), axis=1).tolist()
    assert len(boxes) ** 2 > MANY_PAIRS

    together = overlapping(boxes, boxes, 0.1)
    one_by_one = [
        (row, column, overlap) for row, box in enumerate(boxes) for _, column, overlap in overlapping([box], boxes, 0.1)
    ]

    assert together == one_by_one
    assert len(together) > len(boxes)
