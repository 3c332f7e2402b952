"""The manual's wishes, as a safety officer has them: each comes true when meant, and not when it only looks so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rules.engine.evaluation import ActiveRule, RuleEngine
from rules.engine.schema import parse_rules
from rules.engine.surroundings import SiteClock, Surroundings
from tests.engine.walks import line, play, polygon, started
from tests.engine.worlds import PLAN, Place, World, during, standing, together, walking

MANUAL = (Path(__file__).resolve().parents[2] / "docs/rules.md").read_text(encoding="utf-8")
SHOWN = re.search(r"## Wishes.*?```yaml\n(.*?)```", MANUAL, re.DOTALL)
RULES = {rule.name: rule for rule in parse_rules(SHOWN[1] if SHOWN else "")}

LEFT, RIGHT = ((0, 0), (0.5, 0), (0.5, 1), (0, 1)), ((0.5, 0), (1, 0), (1, 1), (0.5, 1))
SHAPES = {
    "desk": polygon("desk", *RIGHT),
    "gate": polygon("gate", *LEFT),
    "vault": polygon("vault", *LEFT),
    "door": line("door", (0.3, 0), (0.3, 1)),
    "exit": line("exit", (0.5, 0), (0.5, 1)),
}
# Both a Monday; Berlin is two hours ahead.
NOON, NIGHT = (datetime(2026, 6, 15, hour, 0, tzinfo=UTC) for hour in (10, 22))

PERSON, GUARD = standing(0.25, 0.7), standing(0.75, 0.7)
FORKLIFT = standing(0.3, 0.7, class_name="forklift", width=0.1)
TRUCK = standing(0.25, 0.7, class_name="truck", width=0.2, height=0.3)
LEAVING = during(walking((0.25, 0.7), (0.02, 0), class_name="truck", width=0.1), 0, 30)
VISITOR = walking((0.1, 0.7), (0.05, 0))


@dataclass(frozen=True)
class Wish:
    yes: Place
    no: Place
    seconds: float = 20
    at: datetime = NOON


WISHES = {
    "Forklift close to a person": Wish(together(PERSON, FORKLIFT), together(standing(0.6, 0.7), FORKLIFT), seconds=5),
    "Guard desk empty at night": Wish(
        together(during(GUARD, 0, 20)), together(during(GUARD, 0, 20), during(GUARD, 200, 205)), 400, NIGHT
    ),
    "Truck waits and nobody comes": Wish(TRUCK, together(TRUCK, during(PERSON, 40, 45)), seconds=80),
    "Truck leaves unchecked": Wish(LEAVING, together(LEAVING, during(PERSON, 3, 6)), seconds=30),
    "Visitor at an empty desk": Wish(VISITOR, together(VISITOR, GUARD)),
    "Alone in the vault": Wish(PERSON, together(PERSON, during(standing(0.1, 0.6), 15, 20)), seconds=32),
}


def events(name: str, film: Place, at: datetime, holidays: frozenset[date] = frozenset()) -> int:
    rule, wish = RULES[name], WISHES[name]
    zones = [SHAPES[each] for each in rule.zone_names()]
    clock = SiteClock(at, "Europe/Berlin", holidays)
    engine = RuleEngine([ActiveRule(1, 1, rule)], zones, Surroundings(PLAN, clock))
    assert engine.unusable == ()
    return len(started(play(engine, World(film, seconds=wish.seconds).frames())))


@pytest.mark.parametrize("name", RULES)
def test_it_comes_true_when_it_is_meant(name: str) -> None:
    assert events(name, WISHES[name].yes, WISHES[name].at) == 1


@pytest.mark.parametrize("name", RULES)
def test_it_does_not_when_it_only_looks_so(name: str) -> None:
    assert events(name, WISHES[name].no, WISHES[name].at) == 0


@pytest.mark.parametrize(("name", "at"), [("Forklift close to a person", NIGHT), ("Guard desk empty at night", NOON)])
def test_at_other_times_it_does_not(name: str, at: datetime) -> None:
    assert events(name, WISHES[name].yes, at) == 0


def test_on_holidays_a_rule_without_them_does_not() -> None:
    name = "Forklift close to a person"
    assert events(name, WISHES[name].yes, NOON, frozenset({NOON.date()})) == 0
