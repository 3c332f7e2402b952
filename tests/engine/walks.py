"""Hand-made frames for the engine's tests: a track is a box whose bottom centre is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rules.engine.evaluation import ActiveRule, Ended, FrameTracks, RuleEngine, Started, Transition
from rules.engine.schema import RuleSpec, ZoneShape

WIDTH, HEIGHT = 0.1, 0.2


@dataclass(frozen=True)
class Sighting:
    x: float
    y: float
    class_name: str = "person"
    confidence: float = 0.9
    height: float = HEIGHT


def frame(timestamp_ms: int, sightings: Mapping[int, Sighting]) -> FrameTracks:
    boxes = [(s.x - WIDTH / 2, s.y - s.height, s.x + WIDTH / 2, s.y) for s in sightings.values()]
    return FrameTracks(
        timestamp_ms=timestamp_ms,
        track_ids=np.array(list(sightings), np.int64),
        class_names=tuple(s.class_name for s in sightings.values()),
        confidences=np.array([s.confidence for s in sightings.values()], np.float32),
        boxes_xyxy=np.array(boxes, np.float32).reshape(-1, 4),
    )


def rule(when: Mapping[str, object], *, rule_id: int = 1, who: Mapping[str, object] | None = None) -> ActiveRule:
    return ActiveRule(rule_id, 1, RuleSpec.model_validate({"name": "test", "when": when, "who": who or {}}))


def polygon(name: str, *points: tuple[float, float]) -> ZoneShape:
    return ZoneShape(name=name, kind="polygon", points=points)


def line(name: str, start: tuple[float, float], end: tuple[float, float]) -> ZoneShape:
    return ZoneShape(name=name, kind="line", points=(start, end))


def play(engine: RuleEngine, frames: Iterable[FrameTracks]) -> list[Transition]:
    """All transitions, those of the recording's end included."""
    transitions = [transition for each in frames for transition in engine.step(each)]
    return [*transitions, *engine.finish()]


def started(transitions: Sequence[Transition]) -> list[Started]:
    return [transition for transition in transitions if isinstance(transition, Started)]


def ended(transitions: Sequence[Transition]) -> list[Ended]:
    return [transition for transition in transitions if isinstance(transition, Ended)]
