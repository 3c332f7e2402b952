"""Every rule of the catalog fires when it must and not when it must not, and is ready to be used."""

from __future__ import annotations

import re

import pytest

from rules.catalog import catalog
from rules.engine.evaluation import ActiveRule, RuleEngine
from rules.engine.schema import RuleSpec
from rules.engine.surroundings import SiteClock, Surroundings
from tests.engine.catalog_cases import CASES, Case
from tests.engine.walks import play, started
from tests.engine.worlds import PLAN, World

RULES: dict[str, RuleSpec] = {rule.name: rule for rules in catalog().values() for rule in rules}
REQUIRED = (
    *("Intrusion", "Line crossed", "Loitering", "Crowd gathers", "Tailgating", "Wrong way through", "Abandoned object"),
    *("Removed object", "Perimeter climb", "After-hours presence", "Vehicle in a pedestrian zone", "No parking"),
    *("Speeding", "Person near vehicle", "Person down", "Fall", "Running", "No helmet", "No safety vest"),
    *("Blocked exit", "Unattended post", "Queue too long", "Occupancy limit", "Two-person rule"),
    *("Passage without check-point", "Camera covered", "Camera moved"),
)


def events(name: str, case: Case, film: World, clock: SiteClock) -> int:
    spec = RULES[name].with_parameters(case.parameters)
    engine = RuleEngine([ActiveRule(1, 1, spec)], case.shapes(spec.zone_kinds()), Surroundings(PLAN, clock))
    assert engine.unusable == ()
    return len(started(play(engine, film.frames())))


@pytest.mark.parametrize("name", RULES)
def test_it_fires_when_it_must(name: str) -> None:
    assert events(name, CASES[name], CASES[name].yes, CASES[name].clock) == 1


@pytest.mark.parametrize("name", RULES)
def test_it_does_not_fire_when_it_only_comes_near(name: str) -> None:
    assert events(name, CASES[name], CASES[name].no, CASES[name].no_clock or CASES[name].clock) == 0


def test_all_that_is_promised_is_there() -> None:
    assert set(REQUIRED) <= set(RULES)
    assert len(RULES) == sum(len(rules) for rules in catalog().values()) >= 30


@pytest.mark.parametrize("name", RULES)
def test_it_says_what_it_is_for_and_what_can_be_changed(name: str) -> None:
    rule = RULES[name]
    assert rule.description
    assert rule.example
    assert rule.tags
    used = set(re.findall(r"\$(\w+)", str(rule.authored)))
    assert used == set(rule.parameters) != set()
