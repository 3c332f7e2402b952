"""The scene of `bench rules`: eight zones, a crowd that walks about, and twelve rules of every kind."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rules.engine.evaluation import ActiveRule, FrameTracks, RuleEngine
from rules.engine.schema import ZoneShape, parse_rule

WIDTH, HEIGHT = 1280, 720
FRAME_MS = 200
CORNERS = 8
POLYGONS, LINES = 4, 4

PERSON = "who: {classes: [person]}\nwhen: "
ZONE_RULES = (
    PERSON + "{in_zone: {zone: zone 0, for: 10s}}",
    "when: {in_zone: {zone: zone 1, for: 2s}}",
    PERSON + "{in_zone: {zone: zone 2, for: 60s, gap: 3s}}",
    PERSON + "{type: zone_presence, zone: zone 3, dwell_seconds: 5}",
    PERSON + "{count: {zone: zone 0, at_least: 8, for: 5s}}",
    PERSON + "{absent: {zone: zone 1, for: 60s}}",
    PERSON + "{then: {first: {in_zone: zone 2}, next: {in_zone: zone 3}, within: 20s}}",
    "when: {type: line_crossing, line: line 0}",
    PERSON + "{crosses: {line: line 1, direction: left_to_right}}",
    "who: {classes: [car]}\nwhen: {crosses: line 2}",
    PERSON + "{tailgating: {line: line 3, within: 2}}",
    PERSON + "{rate: {that: {crosses: line 0}, at_least: 20, within: 60}}",
)
"""Of zones and lines only, as what they are compared with does."""
MIXED_RULES = (
    *ZONE_RULES[:4],
    *ZONE_RULES[7:9],
    PERSON + "{all: [{in_zone: zone 0}, {speed: {above: 1.5}}]}",
    "who: {classes: [car]}\nwhen: {all: [{in_zone: zone 0}, {stationary: 20s}]}",
    "when: {all: [{in_zone: zone 1}, {heading: {against: line 0}}]}",
    PERSON + "{near: {classes: [car], within: 0.5, for: 2s}}",
    ZONE_RULES[4],
    ZONE_RULES[6],
)
"""With speeds, headings, neighbours and standing still."""


def zones(polygons: int = POLYGONS, lines: int = LINES) -> list[ZoneShape]:
    random = np.random.default_rng(1)
    shapes = []
    for number in range(polygons):
        x, y = random.uniform(0.2, 0.8, 2)
        angles = np.arange(CORNERS) * 2 * math.pi / CORNERS
        points = np.clip(np.stack((x + 0.15 * np.cos(angles), y + 0.2 * np.sin(angles)), axis=1), 0, 1)
        shapes.append(ZoneShape(name=f"zone {number}", kind="polygon", points=tuple(map(tuple, points.tolist()))))
    for number in range(lines):
        height = 0.3 + 0.4 * number / max(1, lines - 1)
        shapes.append(ZoneShape(name=f"line {number}", kind="line", points=((0.1, height), (0.9, height))))
    return shapes


def engine(documents: Sequence[str] = ZONE_RULES, rules: int = len(ZONE_RULES)) -> RuleEngine:
    """``rules``: the documents again and again."""
    texts = [f"name: rule {number}\n{documents[number % len(documents)]}" for number in range(rules)]
    active = [ActiveRule(number, 1, parse_rule(text)) for number, text in enumerate(texts, start=1)]
    made = RuleEngine(active, zones())
    assert made.unusable == ()
    return made


def walk(tracks: int, frames: int) -> list[FrameTracks]:
    """People and cars that walk to and fro, each with its own pace."""
    random = np.random.default_rng(2)
    size = random.uniform((0.03, 0.1), (0.08, 0.25), (tracks, 2))
    start, pace = random.uniform(0, 1, (tracks, 2)), random.uniform(-0.05, 0.05, (tracks, 2))
    names = tuple("car" if number % 4 == 3 else "person" for number in range(tracks))
    ids, confidences = np.arange(1, tracks + 1), np.full(tracks, 0.9, np.float32)
    return [
        FrameTracks(number * FRAME_MS, ids, names, confidences, _boxes(start + pace * number * 0.2, size))
        for number in range(frames)
    ]


def _boxes(place: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float32]:
    """Around the middle of where each is, reflected at the picture's edges."""
    inside = np.abs((place + 1) % 2 - 1)
    return np.clip(np.hstack((inside - size / 2, inside + size / 2)), 0, 1).astype(np.float32)
