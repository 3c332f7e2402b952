"""Zone presence: when a stay becomes an event, when it ends, and what does not interrupt it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rules.engine.evaluation import RuleEngine
from tests.engine.walks import Sighting, ended, frame, play, polygon, rule, started

LEFT_HALF = polygon("yard", (0, 0), (0.5, 0), (0.5, 1), (0, 1))
INSIDE = Sighting(0.25, 0.5)
OUTSIDE = Sighting(0.75, 0.5)


def presence(**fields: object) -> Mapping[str, object]:
    return {"type": "zone_presence", "zone": "yard", "dwell_seconds": 2, "gap_seconds": 1, **fields}


def events(
    sightings: Mapping[int, Sighting | None], when: Mapping[str, object], who: Mapping[str, object] | None = None
) -> list[tuple[int, int]]:
    """(start, end) in milliseconds of the events of one track that is seen as given, at each timestamp."""
    engine = RuleEngine([rule(when, who=who)], [LEFT_HALF])
    transitions = play(engine, (frame(at, {7: seen} if seen else {}) for at, seen in sightings.items()))
    assert [start.start_ms for start in started(transitions)] == [end.start_ms for end in ended(transitions)]
    return [(end.start_ms, end.end_ms) for end in ended(transitions)]


def every(step_ms: int, until_ms: int, seen: Sighting | None = INSIDE, since_ms: int = 0) -> dict[int, Sighting | None]:
    return dict.fromkeys(range(since_ms, until_ms + 1, step_ms), seen)


@pytest.mark.parametrize(
    ("sightings", "expected"),
    [
        pytest.param(every(200, 1800), [], id="a stay shorter than the dwell time is no event"),
        pytest.param(every(200, 2000), [(2000, 2000)], id="a stay of exactly the dwell time is one"),
        pytest.param(every(200, 6000), [(2000, 6000)], id="a long stay is one event"),
        pytest.param(every(200, 6000, OUTSIDE), [], id="standing outside is none"),
        pytest.param(
            every(200, 6000) | every(200, 2800, OUTSIDE, 2200),
            [(2000, 6000)],
            id="leaving for less than the gap goes on with the same stay",
        ),
        pytest.param(
            every(200, 9000) | every(200, 4000, OUTSIDE, 2200),
            [(2000, 2000), (6200, 9000)],
            id="leaving for longer ends the event and begins the count anew",
        ),
        pytest.param(every(200, 6000) | every(200, 2800, None, 2200), [(2000, 6000)], id="a short loss is a gap too"),
        pytest.param(
            every(200, 1000) | every(200, 1800, None, 1200) | every(200, 6000, INSIDE, 2000),
            [(2000, 6000)],
            id="a gap before the event does not reset its clock",
        ),
        pytest.param(
            every(200, 3000) | every(200, 6000, OUTSIDE, 3200), [(2000, 3000)], id="the end is the last time inside"
        ),
        pytest.param(every(3000, 6000), [(2000, 6000)], id="frames farther apart than the gap are no gap"),
    ],
)
def test_stays(sightings: dict[int, Sighting | None], expected: list[tuple[int, int]]) -> None:
    assert events(dict(sorted(sightings.items())), presence()) == expected


def test_without_dwell_the_first_frame_inside_is_the_event() -> None:
    assert events(every(200, 1000), presence(dwell_seconds=0)) == [(0, 1000)]


def test_an_event_is_reported_in_the_frame_that_completes_it() -> None:
    engine = RuleEngine([rule(presence())], [LEFT_HALF])
    for at in range(0, 1999, 300):
        assert engine.step(frame(at, {7: INSIDE})) == []
    (start,) = started(engine.step(frame(2100, {7: INSIDE})))
    assert (start.start_ms, start.at_ms, start.track_id, start.class_name) == (2000, 2100, 7, "person")
    assert start.box_xyxy == pytest.approx((0.2, 0.3, 0.3, 0.5))


def test_the_evidence_says_where_and_how_long() -> None:
    engine = RuleEngine([rule(presence())], [LEFT_HALF])
    (start,) = started(play(engine, (frame(at, {7: INSIDE}) for at in (500, 1500, 2500))))
    assert start.evidence == {
        "condition": "zone_presence",
        "zone": "yard",
        "entered_ms": 500,
        "dwell_seconds": 2.0,
        "inside_seconds": 2.0,
        "frames_inside": 3,
    }


@pytest.mark.parametrize(
    ("who", "seen", "expected"),
    [
        ({"classes": ["person"]}, Sighting(0.25, 0.5, "person"), 1),
        ({"classes": ["car", "truck"]}, Sighting(0.25, 0.5, "person"), 0),
        ({}, Sighting(0.25, 0.5, "giraffe"), 1),
        ({"min_confidence": 0.8}, Sighting(0.25, 0.5, confidence=0.7), 0),
        ({"min_confidence": 0.8}, Sighting(0.25, 0.5, confidence=0.8125), 1),
    ],
)
def test_only_those_the_rule_is_about_count(who: dict[str, object], seen: Sighting, expected: int) -> None:
    assert len(events(every(200, 3000, seen), presence(), who=who)) == expected


def test_a_stay_goes_on_through_frames_of_low_confidence() -> None:
    faint = Sighting(0.25, 0.5, confidence=0.2)
    sightings = every(200, 400) | every(200, 6000, faint, 600)
    assert events(sightings, presence()) == [(2000, 6000)]


def test_a_stay_does_not_begin_in_a_frame_of_low_confidence() -> None:
    faint = Sighting(0.25, 0.5, confidence=0.2)
    assert events(every(200, 800, faint) | every(200, 3000, INSIDE, 1000), presence()) == [(3000, 3000)]


def test_every_track_has_its_own_stay() -> None:
    engine = RuleEngine([rule(presence())], [LEFT_HALF])
    late = ({1: INSIDE} | ({2: INSIDE} if at >= 1000 else {}) for at in range(0, 4001, 200))
    transitions = play(engine, (frame(at, seen) for at, seen in zip(range(0, 4001, 200), late, strict=True)))
    assert [(start.track_id, start.start_ms) for start in started(transitions)] == [(1, 2000), (2, 3000)]


def test_the_frames_lower_border_belongs_to_a_zone_drawn_down_to_it() -> None:
    assert events(every(200, 3000, Sighting(0.25, 1.0)), presence()) == [(2000, 3000)]
