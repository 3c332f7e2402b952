"""Why an event came, and why none did: clauses with values, tracks, frames and times."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rules.engine.evaluation import ActiveRule, RuleEngine
from rules.engine.explanation import WhyNot
from rules.engine.schema import parse_rule
from tests.engine.walks import play, started
from tests.engine.worlds import ZONES, Body, World, crowd, frame_of, standing, starts_of, together, walking


def why_not(when: str, world: World, **more: str) -> WhyNot:
    text = f"name: a\nwhen:\n  {when}\n" + "".join(f"{key}: {value}\n" for key, value in more.items())
    engine = RuleEngine([ActiveRule(7, 3, parse_rule(text))], ZONES)
    for frame in world.frames():
        engine.step(frame)
    (answer,) = engine.why_not()
    json.dumps(answer.as_data())
    return answer


def test_the_evidence_names_clauses_values_tracks_and_times() -> None:
    film = World(together(standing(0.3), standing(0.35, class_name="car")), seconds=4)
    when = "all: [{in_zone: {zone: yard, for: 2}}, {near: {classes: [car], within: 1}}]"
    (start,) = starts_of(when, film, who="{classes: [person]}")
    evidence: Any = start.evidence
    assert (evidence["condition"], evidence["since_ms"], evidence["at_ms"]) == ("all", 2000, 2000)
    assert evidence["tracks"] == [1, 101]
    inside, near = evidence["clauses"]["parts"]
    assert (inside["clause"], inside["zone"], inside["held_seconds"], inside["for_seconds"]) == (
        "in_zone",
        ["yard"],
        2,
        2,
    )
    assert (inside["since_ms"], inside["last_ms"], inside["met"]) == (0, 2000, True)
    assert (near["value"], near["needed"], near["other_track"]) == (0.0, "<= 1", 101)
    json.dumps(evidence)


@pytest.mark.parametrize("clause", ["heading: {towards: right}", "pose: running", "speed: {above: 1}"])
def test_of_somebody_just_seen_the_evidence_tells_no_speed(clause: str) -> None:
    (start,) = starts_of(f"not: {{{clause}}}", World(standing(0.3), seconds=1))
    (part,) = start.evidence["clauses"]["parts"]  # type: ignore[index]
    assert part.get("speed") is None
    json.dumps(start.evidence, allow_nan=False)


@pytest.mark.parametrize(
    ("when", "clause", "value", "needed"),
    [
        ("speed: {above: 2}", "speed", 0.0, "> 2"),
        ("count: {zone: yard, at_least: 3}", "count", 1, ">= 3"),
        ("in_zone: dock", "in_zone", 2.222, 0),
        ("stationary: 1 min", "stationary", 0.0, "<= 0.25"),
        ("near: {classes: [car], within: 1}", "near", None, "<= 1"),
        ("camera: covered", "camera", None, "<= 0.05"),
        ("density: {zone: yard, at_least: 1}", "density", 0.045, ">= 1"),
    ],
)
def test_what_was_missing_is_a_value_and_what_was_needed(when: str, clause: str, value: object, needed: object) -> None:
    answer = why_not(when, World(standing(), seconds=4))
    assert (answer.rule_id, answer.version, answer.met) == (7, 3, False)
    (missing,) = answer.missing
    assert (missing["clause"], missing["value"], missing["needed"]) == (clause, value, needed)
    assert 0 <= answer.nearness < 1


def test_only_what_is_missing_of_several_is_named() -> None:
    answer = why_not("all: [{in_zone: yard}, {speed: {above: 2}}]", World(standing(), seconds=4))
    assert [part["clause"] for part in answer.missing] == ["speed"]


def test_of_alternatives_the_nearest_is_named() -> None:
    answer = why_not("any: [{speed: {above: 50}}, {in_zone: {zone: yard, for: 5}}]", World(standing(), seconds=4))
    assert [(part["clause"], part["held_seconds"]) for part in answer.missing] == [("in_zone", 4.0)]


def test_the_track_that_came_nearest_is_named() -> None:
    film = World(together(standing(0.9), walking((0.6, 0.7), (-0.02, 0))), seconds=4)
    answer = why_not("in_zone: yard", film)
    assert (answer.track_id, answer.class_name) == (101, "person")


def test_too_faint_is_a_reason() -> None:
    answer = why_not("in_zone: yard", World(standing(confidence=0.3), seconds=1), who="{min_confidence: 0.6}")
    assert (answer.missing[0]["clause"], answer.missing[0]["value"]) == ("who", 0.3)


def test_nobody_of_the_kind_is_a_reason() -> None:
    answer = why_not("in_zone: yard", World(crowd(2), seconds=1), who="{classes: [car]}")
    assert answer.reason == "no track is car as the rule asks; in the picture: person"


def test_a_rule_that_is_met_lacks_nothing() -> None:
    answer = why_not("in_zone: yard", World(standing(), seconds=1))
    assert (answer.met, answer.nearness, answer.missing) == (True, 1.0, ())


def test_the_first_conditions_are_explained_too() -> None:
    stay = why_not("{type: zone_presence, zone: yard, dwell_seconds: 8}", World(standing(), seconds=4))
    assert (stay.missing[0]["value"], stay.missing[0]["needed"]) == (4.0, 8.0)
    line = why_not("{type: line_crossing, line: gate}", World(standing(), seconds=4))
    assert line.missing[0]["needed"] == "any"


def test_a_rule_that_cannot_run_here_says_why() -> None:
    rule = ActiveRule(1, 1, parse_rule("name: a\nwhen: {in_zone: roof}"))
    engine = RuleEngine([rule], ZONES)
    engine.step(World(standing(), seconds=1).frames()[0])
    assert [answer.reason for answer in engine.why_not()] == ["the camera has no zone named “roof”"]


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("speed: {above: 3, unit: m/s}", "a speed in metres needs the camera's four-point calibration"),
        ("near: {classes: [car], within: 3, unit: metres}", "a distance in metres needs"),
        ("density: {zone: yard, at_least: 3, per: square_metre}", "a density in metres needs"),
        ("schedule: {from: '08:00'}", "a schedule needs to know the time of day"),
        ("crosses: yard", "the zone “yard” is a polygon; this rule needs a line"),
        ("heading: {along: post}", "the zone “post” is a polygon; this rule needs a line"),
    ],
)
def test_what_a_camera_lacks_makes_a_rule_unusable_there(when: str, sentence: str) -> None:
    engine = RuleEngine([ActiveRule(1, 1, parse_rule(f"name: a\nwhen:\n  {when}\n"))], ZONES)
    ((_, reason),) = engine.unusable
    assert reason.startswith(sentence)


@pytest.mark.parametrize(("by", "count"), [("track", 4), ("class", 2), ("camera", 1)])
def test_a_cooldown_lets_one_event_through_in_its_time(by: str, count: int) -> None:
    def place(second: float) -> dict[int, Body]:
        there = second % 4 < 2
        names = ("person", "person", "car", "car")
        return {n + 1: Body(0.25 if there else 0.75, 0.7, name) for n, name in enumerate(names)}

    when = "in_zone: {zone: yard, gap: 0.1}"
    assert len(starts_of(when, World(place, seconds=10))) == 12
    assert len(starts_of(when, World(place, seconds=10), deduplicate=f"{{by: {by}, cooldown: 1 min}}")) == count


def test_a_rule_that_comes_true_again_and_again_makes_no_other_forget_its_cooldown() -> None:
    texts = (
        "name: often\nwhen: {in_zone: {zone: dock, gap: 0}}\ndeduplicate: {by: track, cooldown: 1s}\n",
        "name: seldom\nwhen: {in_zone: {zone: yard, gap: 0}}\ndeduplicate: {by: camera, cooldown: 1 h}\n",
    )
    rules = [ActiveRule(number, 1, parse_rule(text)) for number, text in enumerate(texts)]
    engine = RuleEngine(rules, ZONES)
    passing = (frame_of(second * 1000, {second + 2: Body(0.75, 0.7)}) for second in range(1, 600))
    first, last = frame_of(0, {1: Body(0.25, 0.7)}), frame_of(600_000, {1: Body(0.25, 0.7)})
    found = started(play(engine, [first, *passing, last]))
    assert [sum(each.rule_id == number for each in found) for number in (0, 1)] == [599, 1]


ALARMS = ", ".join(["{rate: {that: {in_zone: yard}, at_least: 900, within: 7 days}}"] * 8)


@pytest.mark.parametrize("more", ["", f", {{any: [{', '.join(['{in_zone: ' + 'yard}'] * 16)}]}}" * 7])
def test_evidence_is_never_more_than_the_platform_takes_in(more: str) -> None:
    """Lists of a thousand moments, and a hundred clauses."""
    walkers = (frame_of(number * 100_000, {number + 1: Body(0.25, 0.7)}) for number in range(901))
    start = starts_of(f"all: [{ALARMS}{more}]", walkers)[0]
    clauses: Any = start.evidence["clauses"]
    assert len(json.dumps(start.evidence)) < 32_000
    assert (clauses["clause"], clauses["met"]) == ("all", True)
    assert [part["value"] for part in clauses.get("parts", [])[:8]] in ([900] * 8, [])
