"""The engine as a whole: what may change, in which order things come, and that it can be stopped at any frame."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.engine.clauses import CLAUSES, WORDS
from rules.engine.conditions import EVALUATORS
from rules.engine.evaluation import ActiveRule, Ended, FrameTracks, RuleEngine, Started, Transition
from rules.engine.schema import RuleSpec
from tests.engine.walks import Sighting, ended, frame, line, play, polygon, rule, started

ZONES = [
    polygon("yard", (0, 0), (0.5, 0), (0.5, 1), (0, 1)),
    polygon("street", (0.3, 0.3), (1, 0.3), (1, 1), (0.3, 1)),
    line("gate", (0.5, 0), (0.5, 1)),
]
STAY = {"type": "zone_presence", "zone": "yard", "dwell_seconds": 0.4, "gap_seconds": 0.3}
VISIT = {"type": "zone_presence", "zone": "street", "dwell_seconds": 0, "gap_seconds": 0}
CROSS = {"type": "line_crossing", "line": "gate"}
RULES = [
    rule(STAY, rule_id=4),
    rule(VISIT, rule_id=2, who={"classes": ["person"], "min_confidence": 0.5}),
    rule(CROSS, rule_id=9),
]
INSIDE = Sighting(0.2, 0.5)

places = st.sampled_from([0.1, 0.3, 0.45, 0.495, 0.505, 0.55, 0.7, 0.9])
sightings = st.builds(Sighting, places, places, st.sampled_from(["person", "car"]), st.sampled_from([0.2, 0.9]))
walks = st.lists(
    st.tuples(st.sampled_from([0, 100, 200, 700]), st.dictionaries(st.integers(1, 4), sightings, max_size=4)),
    min_size=1,
    max_size=25,
)


def frames_of(walk: Sequence[tuple[int, Mapping[int, Sighting]]], since_ms: int = 0) -> list[FrameTracks]:
    times = np.cumsum([step for step, _ in walk]) + since_ms
    return [frame(int(at), seen) for at, (_, seen) in zip(times, walk, strict=True)]


@settings(deadline=None, max_examples=50)
@given(walks, st.data())
def test_an_engine_restored_at_any_frame_goes_on_identically(
    walk: list[tuple[int, dict[int, Sighting]]], data: st.DataObject
) -> None:
    frames = frames_of(walk)
    cut = data.draw(st.integers(0, len(frames)))
    first, second = RuleEngine(RULES, ZONES), RuleEngine(RULES, ZONES)
    found: list[Transition] = [each for frame_ in frames[:cut] for each in first.step(frame_)]
    second.restore(json.loads(json.dumps(first.state())))
    assert second.state() == first.state()
    found += play(second, frames[cut:])
    assert found == play(RuleEngine(RULES, ZONES), frames)


@settings(deadline=None, max_examples=50)
@given(walks, st.randoms(use_true_random=False))
def test_the_order_of_tracks_in_a_frame_changes_nothing(
    walk: list[tuple[int, dict[int, Sighting]]], random: Random
) -> None:
    shuffled = []
    for step, seen in walk:
        items = list(seen.items())
        random.shuffle(items)
        shuffled.append((step, dict(items)))
    expected = play(RuleEngine(RULES, ZONES), frames_of(walk))
    assert play(RuleEngine(RULES, ZONES), frames_of(shuffled)) == expected


@settings(deadline=None, max_examples=50)
@given(walks, st.integers(0, 10**10))
def test_a_later_start_only_shifts_the_times(walk: list[tuple[int, dict[int, Sighting]]], shift_ms: int) -> None:
    expected = [
        replace(each, start_ms=each.start_ms + shift_ms, at_ms=each.at_ms + shift_ms, evidence={})
        if isinstance(each, Started)
        else replace(each, start_ms=each.start_ms + shift_ms, end_ms=each.end_ms + shift_ms)
        for each in play(RuleEngine(RULES, ZONES), frames_of(walk))
    ]
    found = play(RuleEngine(RULES, ZONES), frames_of(walk, shift_ms))
    assert [replace(each, evidence={}) if isinstance(each, Started) else each for each in found] == expected


@settings(deadline=None, max_examples=50)
@given(walks)
def test_every_start_has_exactly_one_end_not_before_it(walk: list[tuple[int, dict[int, Sighting]]]) -> None:
    transitions = play(RuleEngine(RULES, ZONES), frames_of(walk))
    begun = [(each.rule_id, each.version, each.track_id, each.start_ms) for each in started(transitions)]
    over = [(each.rule_id, each.version, each.track_id, each.start_ms) for each in ended(transitions)]
    assert sorted(begun) == sorted(over)
    assert len(set(begun)) == len(begun)
    assert all(each.end_ms >= each.start_ms for each in ended(transitions))


@pytest.mark.parametrize("dropped", range(1, 20))
def test_a_dropped_frame_within_the_gap_does_not_change_an_event(dropped: int) -> None:
    def events(frames: list[FrameTracks]) -> list[Ended]:
        return ended(play(RuleEngine([rule(STAY)], ZONES), frames))

    frames = [frame(100 * n, {5: INSIDE}) for n in range(21)]
    assert events(frames[:dropped] + frames[dropped + 1 :]) == events(frames) == [Ended(1, 1, 5, 400, 2000)]


def test_frames_that_are_not_later_than_the_last_are_ignored() -> None:
    engine = RuleEngine([rule(VISIT)], ZONES)
    assert len(engine.step(frame(1000, {1: Sighting(0.7, 0.7)}))) == 1
    assert engine.step(frame(1000, {2: Sighting(0.7, 0.7)})) == []
    assert engine.step(frame(400, {3: Sighting(0.7, 0.7)})) == []
    assert [each.track_id for each in engine.step(frame(1001, {1: Sighting(0.7, 0.7)}))] == []


def test_what_happens_in_one_frame_comes_by_rule_then_by_track() -> None:
    engine = RuleEngine(RULES, ZONES)
    engine.step(frame(0, {3: INSIDE, 1: INSIDE}))
    found = engine.step(frame(500, {3: INSIDE, 1: INSIDE, 2: Sighting(0.7, 0.7)}))
    assert [(each.rule_id, each.track_id) for each in found] == [(4, 1), (4, 3), (2, 2)]


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        (STAY | {"zone": "roof"}, "the camera has no zone named “roof”"),
        (STAY | {"zone": "gate"}, "the zone “gate” is a line; this rule needs a polygon"),
        (CROSS | {"line": "yard"}, "the zone “yard” is a polygon; this rule needs a line"),
    ],
)
def test_a_rule_without_its_zone_is_named_and_the_others_run(when: Mapping[str, object], sentence: str) -> None:
    engine = RuleEngine([rule(when, rule_id=1), rule(VISIT, rule_id=2)], ZONES)
    assert engine.unusable == ((1, sentence),)
    assert [each.rule_id for each in engine.step(frame(0, {1: Sighting(0.7, 0.7)}))] == [2]


def test_a_camera_without_rules_or_zones_has_no_events() -> None:
    assert play(RuleEngine([], []), [frame(0, {1: INSIDE}), frame(100, {})]) == []


@pytest.mark.parametrize("rules_now", [[], [ActiveRule(1, 2, rule(STAY).spec)]], ids=["removed", "a new version"])
def test_an_open_event_of_a_rule_that_is_gone_is_ended_by_the_next_frame(rules_now: list[ActiveRule]) -> None:
    before = RuleEngine([rule(STAY)], ZONES)
    for at in (0, 500):
        before.step(frame(at, {8: INSIDE}))
    after = RuleEngine(rules_now, ZONES)
    after.restore(before.state())
    assert after.step(frame(600, {8: INSIDE})) == [Ended(1, 1, 8, 400, 500)]


def test_memory_does_not_grow_with_the_tracks_that_came_and_went() -> None:
    engine = RuleEngine(RULES, ZONES)
    for number in range(1000):
        engine.step(frame(number * 200, {number: Sighting(0.45, 0.5), number + 1: Sighting(0.6, 0.5)}))
    assert len(json.dumps(engine.state())) < 60_000


def test_a_frame_with_unequal_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="as many as each other"):
        FrameTracks(0, np.array([1, 2]), ("person",), np.array([0.9]), np.zeros((1, 4)))


def test_every_condition_of_the_language_has_an_evaluator() -> None:
    members = RuleSpec.model_json_schema()["properties"]["when"]["oneOf"]
    assert len(members) == len(EVALUATORS) + len(WORDS)
    assert set(CLAUSES) < set(WORDS)
