"""Rules of the catalog on real footage: falls at home, and a motorway whose cars were counted and timed by eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from rules.catalog import catalog
from rules.engine.evaluation import ActiveRule, RuleEngine, Started
from rules.engine.frames import FrameTracks
from rules.engine.schema import RuleSpec, ZoneShape, parse_rule
from rules.engine.surroundings import Calibration, Surroundings
from tests.engine.recorded import tracks_of
from tests.engine.walks import line, play, polygon, started
from workers.runtime.closeups.models import CloseupModels
from workers.runtime.detectors.base import Detector

pytestmark = pytest.mark.slow

RULES = {rule.name: rule for rules in catalog().values() for rule in rules}


def events(
    rule: RuleSpec,
    frames: Sequence[FrameTracks],
    zones: Sequence[ZoneShape] = (),
    surroundings: Surroundings | None = None,
) -> list[Started]:
    engine = RuleEngine([ActiveRule(1, 1, rule)], zones, surroundings)
    assert engine.unusable == ()
    return started(play(engine, frames))


@pytest.mark.parametrize(
    ("file", "falls_at_ms"),
    [("s1_Fall_13", 400), ("s2_Fall_12", 6_900), ("s3_Fall_19", 2_000), ("s2_ADL_23", None), ("s3_ADL_20", None)],
)
def test_falls_are_found_within_two_seconds_and_daily_life_is_none(
    file: str, falls_at_ms: int | None, detector: Detector, further_models: CloseupModels
) -> None:
    """The times are the labels that come with the clips."""
    rule = RULES["Fall"]
    frames = tracks_of(f"gmdcsa24/{file}.mp4", detector, specs=[rule], models=further_models)
    found = [each.at_ms for each in events(rule, frames)]
    if falls_at_ms is None:
        assert found == []
    else:
        (at_ms,) = found
        assert falls_at_ms <= at_ms <= falls_at_ms + 2_000


# The lane markings are dashes of 3 m with gaps of 9 m, the lanes 3.5 m wide: two dashes apart on two lines of them.
CALIBRATION = Calibration(
    ((586 / 1280, 165 / 720), (762 / 1280, 160 / 720), (848 / 1280, 370 / 720), (487 / 1280, 385 / 720)),
    ((0, 0), (7, 0), (7, 24), (0, 24)),
)
ROAD = polygon("road", (0.4, 0.2), (0.62, 0.2), (0.78, 0.65), (0.2, 0.65))
COUNTING_LINE = line("line", (0.28, 0.3), (0.72, 0.3))
WITH_TRAFFIC = line("direction", (0.5, 0.2), (0.5, 0.8))
AGAINST_TRAFFIC = line("direction", (0.5, 0.8), (0.5, 0.2))


@pytest.fixture(scope="module")
def motorway(detector: Detector) -> list[FrameTracks]:
    return tracks_of("adam_traffic_demo.mp4", detector, fps=10)


def adapted(name: str, parameters: Mapping[str, Any]) -> RuleSpec:
    return RULES[name].with_parameters(parameters)


def test_nobody_drives_the_wrong_way(motorway: list[FrameTracks]) -> None:
    rule = adapted("Wrong-way driver", {"zone": "road", "line": "direction", "seconds": 0.5})
    assert events(rule, motorway, [ROAD, WITH_TRAFFIC]) == []


def test_everybody_drives_the_wrong_way_when_the_line_is_turned_round(motorway: list[FrameTracks]) -> None:
    rule = adapted("Wrong-way driver", {"zone": "road", "line": "direction", "seconds": 0.5})
    # Of the eleven cars on this side, those on the two lanes to the right leave the zone at once.
    assert len(events(rule, motorway, [ROAD, AGAINST_TRAFFIC])) >= 6


@pytest.mark.parametrize(("vehicles", "count"), [(11, 1), (12, 0)])
def test_eleven_cars_pass_the_line(vehicles: int, count: int, motorway: list[FrameTracks]) -> None:
    """By eye: at 1.3 (two), 2.5, 3.7, 3.8, 7.3, 7.6, 7.7, 8.7, 9.5 and 9.8 s; see tests/runtime/footage.py."""
    rule = adapted("Heavy traffic", {"line": "line", "vehicles": vehicles, "within": 10})
    assert len(events(rule, motorway, [COUNTING_LINE])) == count


def test_a_car_is_as_fast_as_it_was_timed(motorway: list[FrameTracks]) -> None:
    """The black car passes the first of two dashes 24 m apart in frame 65 and the other in frame 90: 104 km/h."""
    rule = parse_rule(
        "name: a\nwho: {classes: [car]}\nwhen: {all: [{in_zone: road}, {speed: {above: 10, unit: km/h, for: 0.3}}]}"
    )
    surroundings = Surroundings(CALIBRATION)
    found = events(rule, motorway, [ROAD], surroundings)
    (speed,) = [_speed(each) for each in found if 2_200 <= each.at_ms <= 3_000]
    assert speed == pytest.approx(104, rel=0.12)


@pytest.mark.parametrize(("limit", "least", "most"), [(60, 6, 11), (180, 0, 0)])
def test_speeding_depends_on_the_limit(limit: float, least: int, most: int, motorway: list[FrameTracks]) -> None:
    rule = adapted("Speeding", {"zone": "road", "limit": limit, "seconds": 0.3})
    assert least <= len(events(rule, motorway, [ROAD], Surroundings(CALIBRATION))) <= most


def _speed(event: Started) -> float:
    clauses: Any = event.evidence["clauses"]
    return float(clauses["parts"][1]["value"])
