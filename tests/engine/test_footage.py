"""Rules of the catalog on real footage: falls at home, and a motorway whose cars were counted and timed by eye."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from workers.runtime.detectors.base import Detector, Image

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


FALLS_AT_MS = {"s1_Fall_13": 400, "s2_Fall_12": 6_900, "s3_Fall_19": 2_000}
"""The labels that come with the clips."""


@dataclass(frozen=True)
class Filming:
    """Another way in which the same could have been filmed."""

    fps: float = 5
    pace: float = 1
    is_mirrored: bool = False

    def __call__(self, image: Image) -> Image:
        return image[:, ::-1] if self.is_mirrored else image


@pytest.mark.parametrize(
    ("file", "filming"),
    [
        *((file, Filming()) for file in FALLS_AT_MS),
        ("s1_Fall_13", Filming(fps=3)),
        ("s1_Fall_13", Filming(fps=15)),
        ("s2_Fall_12", Filming(is_mirrored=True)),
        ("s3_Fall_19", Filming(pace=0.8)),
    ],
)
def test_a_fall_is_found_within_two_seconds(
    file: str, filming: Filming, detector: Detector, further_models: CloseupModels
) -> None:
    rule, label_ms = RULES["Fall"], FALLS_AT_MS[file] / filming.pace
    (at_ms,) = [each.at_ms for each in events(rule, clip(file, detector, further_models, filming))]
    assert label_ms <= at_ms <= label_ms + 2_000


@pytest.mark.parametrize("file", ["s2_ADL_23", "s3_ADL_20"])
def test_daily_life_is_no_fall(file: str, detector: Detector, further_models: CloseupModels) -> None:
    assert events(RULES["Fall"], clip(file, detector, further_models)) == []


@pytest.mark.parametrize("then", ["stays there", "stands up again"])
def test_who_only_gets_as_far_as_sitting_on_the_ground_does_not_fall(
    then: str, detector: Detector, further_models: CloseupModels
) -> None:
    """The clip up to 1.2 s, when he sits but does not lie yet, and on from there as somebody would who is well."""
    film = clip("s1_Fall_13", detector, further_models, until_ms=1_210)
    rest = [film[-1]] * 15 if then == "stays there" else [*[film[-1]] * 3, *film[::-1], *[film[1]] * 8]
    later = [replace(frame, timestamp_ms=1_200 + 200 * number) for number, frame in enumerate(rest, start=1)]
    assert events(RULES["Fall"], film + later) == []


def clip(
    file: str,
    detector: Detector,
    models: CloseupModels,
    filming: Filming | None = None,
    until_ms: float = math.inf,
) -> list[FrameTracks]:
    filming = filming or Filming()
    return tracks_of(
        f"gmdcsa24/{file}.mp4",
        detector,
        filming.fps,
        specs=[RULES["Fall"]],
        models=models,
        change=filming,
        pace=filming.pace,
        until_ms=until_ms,
    )


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


@pytest.mark.parametrize(("within", "least", "most"), [(4, 4, 11), (1, 0, 0)])
def test_cars_abreast_are_a_lane_apart(within: float, least: int, most: int, motorway: list[FrameTracks]) -> None:
    """By eye: two pairs side by side, in frames 45 to 60 and 118 to 126; from the middle of one to the other, 2.6 m."""
    near = f"near: {{classes: [car], within: {within}, unit: metres, for: 0.3}}"
    rule = parse_rule(f"name: a\nwho: {{classes: [car]}}\nwhen: {{all: [{{in_zone: road}}, {{{near}}}]}}")
    assert least <= len(events(rule, motorway, [ROAD], Surroundings(CALIBRATION))) <= most


def _speed(event: Started) -> float:
    clauses: Any = event.evidence["clauses"]
    return float(clauses["parts"][1]["value"])
