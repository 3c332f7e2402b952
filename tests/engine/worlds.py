"""Hand-made scenes for tests of clauses: bodies that walk, stand and carry things, a rule in YAML, and its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from rules.engine.evaluation import ActiveRule, RuleEngine, Started, Transition
from rules.engine.frames import FrameTracks, ItemDetections, SceneSignals
from rules.engine.schema import RuleSpec, ZoneShape, parse_rule
from rules.engine.surroundings import Calibration, SiteClock, Surroundings
from tests.engine.walks import ended, line, play, polygon, started

STEP_MS = 200
ASPECT = 16 / 9

ZONES = (
    polygon("yard", (0, 0), (0.5, 0), (0.5, 1), (0, 1)),
    polygon("dock", (0.5, 0), (1, 0), (1, 1), (0.5, 1)),
    polygon("post", (0.1, 0.5), (0.4, 0.5), (0.4, 0.9), (0.1, 0.9)),
    line("gate", (0.5, 0), (0.5, 1)),
    line("lane", (0.1, 0.5), (0.9, 0.5)),
)
# A square kilometre of nothing: the picture is 16 metres wide and 9 metres deep, seen from above.
PLAN = Calibration(((0, 0), (1, 0), (1, 1), (0, 1)), ((0, 0), (16, 0), (16, 9), (0, 9)))
# Monday, 12:00 in Berlin.
NOON = SiteClock(datetime(2026, 6, 15, 10, 0, tzinfo=UTC), "Europe/Berlin")


@dataclass(frozen=True)
class Body:
    """One object in one frame; ``x`` and ``y`` are where it touches the ground."""

    x: float
    y: float
    class_name: str = "person"
    confidence: float = 0.9
    width: float = 0.06
    height: float = 0.2

    def box(self) -> tuple[float, float, float, float]:
        return self.x - self.width / 2, self.y - self.height, self.x + self.width / 2, self.y


Bodies = Mapping[int, Body]
Place = Callable[[float], Bodies]
"""Who is where at a time in seconds."""


@dataclass(frozen=True)
class World:
    """A film: who is where, what else is seen, for how long."""

    bodies: Place
    seconds: float = 10
    extra: Callable[[float], Mapping[str, Any]] = field(default=lambda second: {})
    step_ms: int = STEP_MS

    def frames(self) -> list[FrameTracks]:
        times = range(0, round(self.seconds * 1000) + 1, self.step_ms)
        return [frame_of(at, self.bodies(at / 1000), **self.extra(at / 1000)) for at in times]


def frame_of(at_ms: int, bodies: Bodies, **extra: Any) -> FrameTracks:
    return FrameTracks(
        timestamp_ms=at_ms,
        track_ids=np.array(list(bodies), np.int64),
        class_names=tuple(body.class_name for body in bodies.values()),
        confidences=np.array([body.confidence for body in bodies.values()], np.float64),
        boxes_xyxy=np.array([body.box() for body in bodies.values()], np.float64).reshape(-1, 4),
        aspect=ASPECT,
        **extra,
    )


def spec_of(when: str, **more: Any) -> RuleSpec:
    """A rule from the YAML of its condition."""
    text = f"name: test\nwhen:\n  {when.strip()}\n"
    for key, value in more.items():
        text += f"{key}: {value}\n"
    return parse_rule(text)


def engine_of(
    spec: RuleSpec, *, zones: Sequence[ZoneShape] = ZONES, surroundings: Surroundings | None = None
) -> RuleEngine:
    engine = RuleEngine([ActiveRule(1, 1, spec)], zones, surroundings or Surroundings(PLAN, NOON))
    assert engine.unusable == ()
    return engine


def transitions_of(when: str, world: World | Iterable[FrameTracks], **more: Any) -> list[Transition]:
    frames = world.frames() if isinstance(world, World) else world
    return play(engine_of(spec_of(when, **more)), frames)


def starts_of(when: str, world: World | Iterable[FrameTracks], **more: Any) -> list[Started]:
    return started(transitions_of(when, world, **more))


def moments(when: str, world: World | Iterable[FrameTracks], **more: Any) -> list[tuple[int, float, float]]:
    """(track, start, end) in seconds."""
    found = ended(transitions_of(when, world, **more))
    return [(each.track_id, each.start_ms / 1000, each.end_ms / 1000) for each in found]


def standing(x: float = 0.25, y: float = 0.7, **more: Any) -> Place:
    """Track 1 stands still."""
    return lambda second: {1: Body(x, y, **more)}


def walking(start: tuple[float, float], per_second: tuple[float, float], **more: Any) -> Place:
    """Track 1 walks on; per second in shares of the picture."""
    return lambda second: {1: Body(start[0] + per_second[0] * second, start[1] + per_second[1] * second, **more)}


def together(*places: Place) -> Place:
    """Several films in one: tracks are numbered as given, a film's own numbers are multiplied out of the way."""

    def all_of(second: float) -> Bodies:
        return {
            number + 100 * index: body for index, place in enumerate(places) for number, body in place(second).items()
        }

    return all_of


def during(place: Place, since: float, until: float) -> Place:
    """Seen only from one second until before another."""
    return lambda second: place(second) if since <= second < until else {}


def crowd(count: int, x: float = 0.25, y: float = 0.7) -> Place:
    return lambda second: {n + 1: Body(x + 0.02 * (n % 5) - 0.04, y + 0.03 * (n // 5)) for n in range(count)}


def items(*found: tuple[str, Body], confidence: float = 0.6) -> ItemDetections:
    boxes = np.array([body.box() for _, body in found], np.float64).reshape(-1, 4)
    return ItemDetections(tuple(name for name, _ in found), np.full(len(found), confidence), boxes)


def signals(**figures: float) -> dict[str, SceneSignals]:
    return {"signals": SceneSignals(**figures)}
