"""What kept a rule from coming true, in words: of every clause, as the engine measured it."""

from __future__ import annotations

import pytest

from events.missing_words import WANTED, missing_sentence
from rules.engine.clauses import WORDS
from rules.engine.evaluation import ActiveRule, RuleEngine
from rules.engine.surroundings import Surroundings
from tests.engine.worlds import NOON, PLAN, ZONES, Body, Place, World, spec_of, standing, together, walking

A_PERSON_BESIDE_A_CAR = together(standing(0.25), standing(0.3, class_name="car"))
BODY = "posture: upright (the rule"


def missing(when: str, place: Place = A_PERSON_BESIDE_A_CAR) -> list[str]:
    rule = ActiveRule(1, 1, spec_of(when, who="{classes: [person]}"))
    engine = RuleEngine([rule], ZONES, Surroundings(PLAN, NOON))
    for frame in World(place, seconds=4).frames():
        engine.step(frame)
    (answer,) = engine.why_not()
    return [missing_sentence(dict(each)) for each in answer.missing]


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("in_zone: dock", "to be in “dock”: 2.222 body heights away."),
        ("in_zone: {zone: yard, for: 9}", "to be in “yard” for 9 s: it was so for 4 s."),
        ("in_zone: {zone: dock, overlap: 0.5}", "to be in “dock”: 0 share of the box (the rule: 0.5)."),
        ("outside: yard", "to be outside “yard”: inside."),
        ("crosses: gate", "to cross “gate”: 4.167 own sizes from the line."),
        (
            "crosses: {line: gate, direction: left_to_right}",
            "to cross “gate”: 4.167 own sizes from the line (the rule: from left to right).",
        ),
        ("near: {classes: [truck], within: 1}", "to be near another: nobody of the kind was there."),
        ("near: {classes: [car], within: 1, for: 1 min}", "to be near another for 60 s: it was so for 4 s."),
        ("alone: {classes: [car], within: 3}", "to be alone: 0 body heights (the rule: > 3)."),
        ("heading: {towards: up}", "to move in the direction of the rule: it hardly moved."),
        ("speed: {above: 3}", "to be as fast or slow as the rule says: 0 body heights/s (the rule: > 3)."),
        ("stationary: 60", "to stand still for 60 s: it was so for 4 s."),
        ("attribute: uniform", "the attribute “uniform”: nothing was told of it."),
        ("wears: vest", "to wear the vest: 0 of 3 looks so far."),
        ("lacks: {item: helmet, looks: 5}", "to be without the helmet: 0 of 5 looks so far."),
        ("pose: lying", f"the {BODY}: lying)."),
        ("pose: hands_raised", f"the {BODY}: both hands raised)."),
        ("pose: {is: lying, uses: keypoints}", "the posture: the body was not looked at."),
        ("removed: {zone: yard}", "something that is taken away: 0 s missing (the rule: >= 5)."),
        ("removed: {zone: dock}", "something that is taken away."),
        ("count: {zone: yard, at_least: 2}", "enough, or few enough, in “yard”: 1 in the zone (the rule: >= 2)."),
        ("density: {zone: yard, at_least: 9}", "a crowd in “yard”: 0.045 per square body height (the rule: >= 9)."),
        ("queue: {zone: yard, at_least: 5}", "a queue in “yard”: 1 in the zone (the rule: >= 5)."),
        ("absent: yard", "nobody in “yard”: 1 in the zone."),
        (
            "tailgating: {line: gate}",
            "one close behind another across the line: nobody had crossed it just before.",
        ),
        (
            "then: {first: {in_zone: dock}, next: {in_zone: yard}, within: 5}",
            "one thing after the other: the first had not happened.",
        ),
        ("times: {that: {in_zone: yard}, at_least: 3, within: 9}", "it often enough: 1 times (the rule: 3)."),
        ("rate: {that: {crosses: gate}, at_least: 3, within: 9}", "it often enough, by anyone: 0 times (the rule: 3)."),
        ("lasting: {that: {in_zone: yard}, for: 30}", "that it lasts for 30 s: it was so for 4 s."),
        (
            "schedule: {days: sun}",
            "the time of day: it was mon 2026-06-15 12:00, and the rule asks for sun 00:00 to 24:00.",
        ),
        ("camera: covered", "the picture of the camera to be covered: it was not measured."),
        ("not: {in_zone: yard}", "something that must not be so, and was: Was in “yard” for 4 s."),
    ],
)
def test_what_was_missing_is_told_with_what_was_there(when: str, sentence: str) -> None:
    assert missing(when)[0] == f"Missing was {sentence}"


def test_there_are_words_for_every_clause_of_the_language() -> None:
    assert set(WORDS) - {"any"} <= set(WANTED)


def test_of_a_sequence_the_part_that_comes_next_is_told_too() -> None:
    assert missing("then: {first: {in_zone: yard}, next: {in_zone: dock}, within: 30}") == [
        "Missing was one thing after the other: the first had happened, the second not within 30 s.",
        "Missing was to be in “dock”: 2.222 body heights away.",
    ]


def test_what_came_between_the_parts_of_a_sequence_is_told() -> None:
    def by_way_of_the_post(second: float) -> dict[int, Body]:
        return {1: Body(0.25, 0.2 if second < 2 else 0.7)}

    when = "then: {first: {in_zone: yard}, next: {in_zone: dock}, within: 30, without: {in_zone: post}}"
    assert missing(when, by_way_of_the_post) == [
        "Missing was one thing after the other: what must not come between them did."
    ]


def test_what_has_to_last_and_is_not_so_is_told() -> None:
    assert missing("lasting: {that: {in_zone: dock}, for: 30}") == [
        "Missing was that it lasts.",
        "Missing was to be in “dock”: 2.222 body heights away.",
    ]


def test_one_who_crossed_and_was_not_followed_is_told() -> None:
    found = missing("tailgating: {line: gate, within: 20, direction: right_to_left}", walking((0.3, 0.6), (0.08, 0)))
    assert found[0] == "Missing was one close behind another across the line: nobody had crossed it just before."
