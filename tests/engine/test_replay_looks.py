"""As ``test_replay``, for rules that ask further models, the picture or colours: from segments of a track log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rules.engine.evaluation import ActiveRule
from rules.engine.frames import FrameTracks, ItemDetections, SceneSignals
from rules.engine.replay import Replay, ReplayHit, asked_of, joined, segment_table
from rules.engine.schema import parse_rule
from rules.engine.surroundings import Surroundings
from rules.engine.track_log import SegmentOrigin, decode_segment, encode_segment
from tests.engine.test_replay import Scenes, by_start, film, stepped, walks
from tests.engine.worlds import NOON, PLAN, ZONES, Body, frame_of

WHENS = (
    "pose: falling",
    "pose: {is: falling, uses: box}",
    "pose: {is: falling, uses: keypoints, for: 1}",
    "all: [{pose: falling}, {in_zone: yard}]",
    "pose: {is: lying, for: 0.6, gap: 0.3}",
    "pose: {is: lying, uses: keypoints}",
    "not: {pose: lying}",
    "pose: {is: hands_raised, for: 0.4}",
    "all: [{in_zone: {zone: yard, for: 1}}, {pose: {is: hands_raised, gap: 2}}]",
    "pose: {is: bending, for: 0.4}",
    "pose: {is: running, for: 0.3}",
    "then: {first: {pose: hands_raised}, next: {in_zone: dock}, within: 4}",
    "count: {at_least: 1, that: {pose: bending}}",
    "lacks: {item: helmet, looks: 2, window: 3, for: 0.5}",
    "wears: {item: helmet, looks: 1, window: 2}",
    "not: {wears: {item: helmet, looks: 2, window: 1}}",
    "all: [{in_zone: yard}, {lacks: {item: helmet, looks: 1, gap: 3}}]",
    "attribute: {name: upper red, for: 0.4}",
    "attribute: {name: upper red, is: false}",
    "all: [{in_zone: dock}, {attribute: upper red}]",
    "camera: {is: covered, for: 0.6}",
    "camera: {is: blurred, for: 1, gap: 0.5}",
    "all: [{camera: dark}, {in_zone: yard}]",
    "removed: {zone: yard, after: 0.5, for: 0.4}",
    "pose: {is: lying, uses: box, for: 0.4, gap: 0.2}",
    "pose: {is: running, uses: keypoints}",
    "all: [{in_zone: {zone: yard, gap: 2}}, {pose: {is: running, for: 0.2}}]",
    "not: {pose: falling}",
    "times: {that: {pose: {is: hands_raised, gap: 0.2}}, at_least: 2, within: 6}",
    "any: [{lacks: {item: helmet, looks: 2, gap: 1}}, {lacks: {item: vest, looks: 2, gap: 1}}]",
    "all: [{crosses: gate}, {any: [{lacks: {item: helmet, looks: 1}}, {lacks: {item: vest, looks: 1}}]}]",
    "wears: {item: badge, classes: [badge], missing_classes: [helmet], min_confidence: 0.5, looks: 4, window: 70}",
    "count: {zone: yard, at_least: 1, who: {min_height: 0.15}, that: {lacks: {item: vest, looks: 1, window: 1}}}",
    "camera: {is: blurred, for: 0.4, gap: 3}",
)
RULES = [
    ActiveRule(number, 1, parse_rule(f"name: rule {number}\nwho: {who}\nwhen:\n  {when}\n"))
    for number, (who, when) in enumerate(
        [(who, when) for who in ("{classes: [person], min_confidence: 0.5}", "{}") for when in WHENS], start=1
    )
]
UPRIGHT = np.array(
    [(0.5, 0.1)] * 5
    + [(0.35, 0.25), (0.65, 0.25), (0.3, 0.4), (0.7, 0.4), (0.3, 0.5), (0.7, 0.5)]
    + [(0.4, 0.5), (0.6, 0.5), (0.4, 0.75), (0.6, 0.75), (0.4, 0.95), (0.6, 0.95)]
)
LYING = UPRIGHT[:, ::-1]
BENT = np.vstack((UPRIGHT[:11] * (0.4, 0.5) + (0.6, 0.45), UPRIGHT[11:]))
RAISED = np.vstack((UPRIGHT[:9], [(0.3, 0.0), (0.7, 0.0)], UPRIGHT[11:]))
BODIES = (UPRIGHT, LYING, BENT, RAISED)


def worn_things(boxes: Any, kinds: Sequence[int], random: np.random.Generator) -> ItemDetections:
    """Of each kind of person a helmet, a vest or neither, and now and then what shows that there is none."""
    names, found = [], []
    for (left, top, right, bottom), kind in zip(boxes.tolist(), kinds, strict=True):
        for name, least, share in (("helmet", 2, 0.05), ("Vest", 1, 0.4), ("no-helmet", 0, 0.1), ("badge", 4, 0.3)):
            if kind < least or random.random() < 0.1:
                names.append(name)
                y = top + share * (bottom - top)
                found.append((left, y, right, min(1.0, y + 0.02)))
    sureties = random.choice([0.1, 0.4, 0.4, 0.8], len(names))
    return ItemDetections(tuple(names), sureties, np.array(found).reshape(-1, 4))


def looked_at(frames: Sequence[FrameTracks], seed: int) -> list[FrameTracks]:
    """Now and then models look, and what they see changes now and then."""
    random = np.random.default_rng(seed)
    found, kind = [], dict.fromkeys(range(10), 0)
    for frame in frames:
        ids, boxes = frame.track_ids.tolist(), frame.boxes_xyxy.astype(np.float64)
        for track_id in ids:
            if random.random() < 0.2:
                kind[track_id] = int(random.integers(len(BODIES)))
        bodies = {}
        for track_id, box in zip(ids, boxes, strict=True):
            if random.random() < 0.6:
                points = box[:2] + BODIES[kind[track_id]] * (box[2:] - box[:2])
                bodies[track_id] = np.hstack((points, random.choice([0.1, 0.9], (17, 1), p=[0.05, 0.95])))
        items = attributes = signals = None
        if random.random() < 0.5:
            looked = frozenset(ids[:2]) if random.random() < 0.3 else None
            items = replace(worn_things(boxes, [kind[track_id] for track_id in ids], random), looked_at=looked)
        if random.random() < 0.4:
            attributes = {track_id: {"upper red": float(random.choice([0.2, 0.8]))} for track_id in ids[:2]}
        if random.random() < 0.5:
            brightness, contrast = random.choice([0.01, 0.3], 2).tolist()
            signals = SceneSignals(brightness, contrast, float(random.choice([5.0, 100.0])), 0.0)
        more = replace(frame, keypoints=bodies, items=items, attributes=attributes or {}, signals=signals)
        found.append(more)
    return found


def segment(frames: Sequence[FrameTracks]) -> bytes:
    return encode_segment(SegmentOrigin(camera_id=1, owner_id=uuid.UUID(int=1), epoch=1, interval_ms=200), list(frames))


def replayed(rule: ActiveRule, portions: Sequence[Sequence[bytes]]) -> tuple[list[ReplayHit], Replay]:
    replay = Replay(rule, ZONES, Surroundings(PLAN, NOON))
    assert replay.unusable == ""
    hits = []
    for portion in portions:
        tables = [segment_table(data, asked=asked_of(rule.spec)) for data in portion]
        hits += replay.play_columns(joined([table for table in tables if table is not None]))
    return [*hits, *replay.finish()], replay


@settings(
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(walks, st.data())
def test_a_replay_finds_exactly_what_an_engine_finds_that_is_shown_every_look(
    scenes: Scenes, data: st.DataObject
) -> None:
    frames = looked_at(film(scenes), data.draw(st.integers(0, 1 << 16)))
    cuts = sorted([*data.draw(st.lists(st.integers(1, len(frames)), max_size=2, unique=True)), 0, len(frames)])
    parts = [frames[first:last] for first, last in pairwise(cuts) if first < last]
    segments = [segment(part) for part in parts]
    shown = [frame for each in segments for frame in decode_segment(each)]
    portions = [segments] if data.draw(st.booleans()) else [[each] for each in segments]
    for rule in RULES[data.draw(st.integers(0, 3)) :: 4]:
        found, _ = replayed(rule, portions)
        assert by_start(found) == stepped(rule, shown), rule.spec.when


def day() -> list[FrameTracks]:
    """Somebody walks about for twenty minutes and falls once, after eight."""
    frames = []
    for number in range(6_000):
        x, fallen = 0.3 + 0.2 * abs(number % 200 / 100 - 1), 2_400 <= number < 2_460
        body = Body(x, 0.9, "person", 0.9, 0.3, 0.1) if fallen else Body(x, 0.9, "person", 0.9, 0.08, 0.4)
        frames.append(frame_of(200 * number, {1: body}))
    return frames


@pytest.mark.parametrize("when", ["pose: falling", "pose: {is: lying, for: 3}"])
def test_somebody_who_walks_is_not_shown(when: str) -> None:
    frames = day()
    rule = ActiveRule(1, 1, parse_rule(f"name: a\nwho: {{classes: [person]}}\nwhen:\n  {when}\n"))
    data = segment(frames)
    found, replay = replayed(rule, [[data]])
    assert by_start(found) == stepped(rule, list(decode_segment(data)))
    assert len(found) == 1
    assert replay.frames == len(frames)
    assert replay.steps < 200


def quiet_day() -> list[FrameTracks]:
    """A suitcase stands for two minutes and is gone; its colour and the picture are looked at once a second."""
    frames = []
    for number in range(900):
        bodies = {1: Body(0.3 + 0.001 * (number % 3), 0.6, "suitcase")} if number < 600 else {}
        looks: dict[str, Any] = {}
        if number % 5 == 0:
            looks["signals"] = SceneSignals(0.4, 0.01 if 300 <= number < 340 else 0.3, 100.0, 0.0)
            looks["attributes"] = {track_id: {"upper red": 0.8 if number >= 200 else 0.1} for track_id in bodies}
        frames.append(frame_of(200 * number, bodies, **looks))
    return frames


@pytest.mark.parametrize(
    "when", ["removed: {after: 1 min, for: 5s}", "attribute: {name: upper red, for: 2s}", "camera: covered"]
)
def test_frames_in_which_looks_say_the_same_are_not_shown(when: str) -> None:
    rule = ActiveRule(1, 1, parse_rule(f"name: a\nwhen:\n  {when}\n"))
    data = segment(quiet_day())
    found, replay = replayed(rule, [[data]])
    assert by_start(found) == stepped(rule, list(decode_segment(data)))
    assert len(found) == 1
    assert replay.steps < (330 if "removed" in when else 60)


def shift() -> list[FrameTracks]:
    """Two work for half an hour, one without a helmet; a model looks once a second, and misses the other's at times."""
    one, other = Body(0.3, 0.8), Body(0.6, 0.8)
    left, top, right, _ = other.box()
    helmet = ItemDetections(("helmet",), np.array([0.8]), np.array([(left, top, right, top + 0.02)]))
    nothing = ItemDetections((), np.zeros(0), np.zeros((0, 4)))
    frames = []
    for number in range(9_000):
        looks: dict[str, Any] = {}
        if number % 5 == 0:
            looks["items"] = helmet if number % 15 else nothing
            looks["signals"] = SceneSignals(0.4, 0.3, 20.0 if 4_000 < number < 4_200 else 100.0, 0.0)
        frames.append(frame_of(200 * number, {1: one, 2: other}, **looks))
    return frames


@pytest.mark.parametrize("when", ["lacks: {item: helmet, for: 10s}", "camera: {is: blurred, for: 5s, gap: 3s}"])
def test_looks_from_which_the_same_follows_are_not_shown(when: str) -> None:
    rule = ActiveRule(1, 1, parse_rule(f"name: a\nwhen:\n  {when}\n"))
    data = segment(shift())
    found, replay = replayed(rule, [[data]])
    assert by_start(found) == stepped(rule, list(decode_segment(data)))
    assert len(found) == 1
    assert replay.steps < 100
