"""A replay tells clauses since when they are true, and shows the frames in which a rule as a whole begins or ends."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rules.engine.evaluation import ActiveRule
from rules.engine.frames import FrameTracks
from rules.engine.geometry import Floats, ground_gaps
from rules.engine.replay.pairs import Spans, in_heights, in_metres, near_rows, overlapping
from rules.engine.scene import to_metres
from rules.engine.schema import parse_rule
from rules.engine.surroundings import Calibration
from tests.engine.test_replay import by_start, replayed, stepped
from tests.engine.worlds import PLAN, Body, frame_of

seconds = st.sampled_from([0, 0.2, 0.4, 1, 3])
KNOWN: tuple[dict[str, Any], ...] = (
    {"in_zone": {"zone": "yard"}},
    {"outside": {"zone": ["post"]}},
    {"in_zone": {"zone": "dock", "point": "centre"}},
    {"speed": {"above": 0.6}},
    {"speed": {"below": 3, "unit": "km/h"}},
    {"heading": {"towards": "right"}},
    {"near": {"classes": ["person"], "within": 0.9}},
    {"near": {"classes": ["person"], "within": 2, "unit": "metres"}},
    {"alone": {"classes": ["person"], "within": 1}},
)


def with_times(clause: dict[str, Any], lasting: float, gap: float) -> dict[str, Any]:
    return {word: {**words, "for": lasting, "gap": gap} for word, words in clause.items()}


leaves = st.builds(with_times, st.sampled_from(KNOWN), seconds, seconds)
trees = st.recursive(
    leaves,
    lambda parts: st.builds(
        lambda word, several: {word: several}, st.sampled_from(["all", "any"]), st.lists(parts, min_size=2, max_size=3)
    ),
    max_leaves=4,
)


def restless(seed: int, frames: int = 90) -> list[FrameTracks]:
    """People who step in and out, hurry, stop, and are overlooked now and then; some come back after a while."""
    random = np.random.default_rng(seed)
    at_ms, places, film = 0, random.random((4, 2)), []
    for number in range(frames):
        at_ms += int(random.choice([100, 200, 200, 200, 200, 1_500]))
        places = np.clip(places + random.normal(0, 0.04, places.shape) * random.integers(0, 2, (4, 1)), 0.02, 0.98)
        seen = [track for track in range(4) if random.random() < 0.9 and (number // 25 + track) % 4]
        film.append(frame_of(at_ms, {track + 1: Body(*places[track].tolist()) for track in seen}))
    return film


@settings(
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(trees, st.integers(0, 1_000_000), st.lists(st.integers(0, 90), max_size=3))
def test_what_lasts_and_what_meets_is_found_exactly(tree: dict[str, Any], seed: int, cuts: list[int]) -> None:
    frames, edges = restless(seed), [0, *sorted(cuts), 90]
    rule = ActiveRule(1, 1, parse_rule(f"name: a\nwho: {{classes: [person]}}\nwhen: {json.dumps(tree)}"))
    found, _ = replayed(rule, [frames[first:last] for first, last in pairwise(edges)])
    assert by_start(found) == stepped(rule, frames)


@pytest.mark.parametrize(
    "when",
    [
        "in_zone: {zone: yard, gap: 3s}",
        "all: [{in_zone: yard}, {speed: {above: 0.05, for: 1s}}]",
        "any: [{in_zone: {zone: dock, for: 30s}}, {in_zone: {zone: [yard, dock], for: 30s}}]",
    ],
)
def test_who_steps_in_and_out_now_and_then_is_shown_only_where_an_event_begins_or_ends(when: str) -> None:
    """Ten people, one after another, each for three minutes; nine of them never enter the yard."""
    frames = []
    for at_ms in range(0, 1_800_000, 200):
        track, step = at_ms // 180_000, at_ms // 200
        x = (0.45 if track == 4 else 0.75) + 0.002 * (step % 40 if step // 40 % 2 else 40 - step % 40)
        frames.append(frame_of(at_ms, {1 + track: Body(x, 0.3)}))
    rule = ActiveRule(1, 1, parse_rule(f"name: a\nwho: {{classes: [person]}}\nwhen:\n  {when}\n"))
    found, replay = replayed(rule, [frames])
    assert by_start(found) == stepped(rule, frames)
    assert found
    assert replay.steps < 400


def test_spans_that_overlap_are_found_group_by_group() -> None:
    random = np.random.default_rng(1)

    def spans(count: int) -> Spans:
        low = random.normal(0, 10, count)
        return Spans(random.integers(0, 5, count), low, low + random.exponential(2, count))

    some, others = spans(300), spans(200)
    others.low[7], others.high[7] = -np.inf, np.inf
    found = {
        pair for one, other in overlapping(some, others) for pair in zip(one.tolist(), other.tolist(), strict=True)
    }
    meet = (some.low[:, None] <= others.high) & (others.low <= some.high[:, None])
    meet &= some.group[:, None] == others.group
    assert found == set(zip(*(each.tolist() for each in meet.nonzero()), strict=True))


TILTED = Calibration(((0.3, 0.45), (0.7, 0.4), (0.95, 0.9), (0.1, 0.95)), ((0, 0), (12, 0), (12, 20), (0, 20)))
"""Its horizon runs through the picture."""


@pytest.mark.parametrize("calibration", [None, PLAN, TILTED])
def test_nobody_who_is_near_is_overlooked(calibration: Calibration | None) -> None:
    random = np.random.default_rng(2)
    low = random.random((2, 400))
    edges = np.concatenate((low, low + random.random((2, 400)) * 0.2))
    frames = np.sort(random.integers(0, 20, 400))
    points = np.stack(((edges[0] + edges[2]) / 2, edges[3]))
    rows, others = random.random(400) < 0.7, random.random(400) < 0.7
    if calibration is None:
        limits = 0.4 * (edges[3] - edges[1])
        near = ground_gaps(edges, edges, 16 / 9) <= limits[:, None]
        found = near_rows(rows, others, *in_heights(frames, edges, 16 / 9, limits))
    else:
        near = metre_gaps(edges, points, calibration) <= 1.5
        found = near_rows(rows, others, *in_metres(frames, edges, points, calibration, 1.5))
    near &= (frames[:, None] == frames) & others & ~np.eye(400, dtype=bool)
    assert found.any()
    assert found.tolist() == (rows & near.any(axis=1)).tolist()


def metre_gaps(edges: Floats, points: Floats, calibration: Calibration) -> Floats:
    """As of one scene in which all stand."""
    x = np.clip(points[0, :, None], edges[0], edges[2])
    nearest = to_metres(np.stack((x, np.broadcast_to(points[1], x.shape)), axis=2).reshape(-1, 2), calibration)
    own = to_metres(points.T, calibration)
    gaps: Floats = np.hypot(*(np.moveaxis(nearest.reshape(*x.shape, 2), 2, 0) - own.T[:, :, None]))
    return gaps
