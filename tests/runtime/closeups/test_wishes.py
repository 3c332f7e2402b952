"""Which tracks are looked at, as the rules of a camera ask for it."""

from __future__ import annotations

import numpy as np
import pytest

from rules.engine.frames import FrameTracks
from rules.engine.schema import parse_rule
from rules.engine.wanted_looks import wanted_looks
from tests.engine.walks import polygon
from workers.runtime.closeups.wishes import Wishes

YARD = polygon("yard", (0, 0.5), (0.3, 0.5), (0.3, 1), (0, 1))
BODIES = [("person", (0.1, 0.4, 0.2, 0.8)), ("person", (0.8, 0.1, 0.85, 0.2)), ("car", (0.1, 0.5, 0.3, 0.8))]


def wanted(rule: str, model: str = "ppe") -> dict[int, int]:
    looks = [look for look in wanted_looks(parse_rule(f"name: a\n{rule}")) if look.model == model]
    frame = FrameTracks(
        timestamp_ms=0,
        track_ids=np.arange(1, 4),
        class_names=tuple(name for name, _ in BODIES),
        confidences=np.full(3, 0.9),
        boxes_xyxy=np.array([box for _, box in BODIES]),
    )
    return Wishes(looks, [YARD]).of(frame)


@pytest.mark.parametrize(
    ("rule", "tracks"),
    [
        pytest.param("when: {lacks: helmet}", [1, 2], id="people only"),
        pytest.param("who: {min_height: 0.2}\nwhen: {lacks: helmet}", [1], id="those who are large enough"),
        pytest.param("when: {all: [{in_zone: yard}, {lacks: helmet}]}", [1], id="those in or near the zone"),
        pytest.param("when: {any: [{in_zone: yard}, {lacks: helmet}]}", [1, 2], id="the zone is no condition"),
        pytest.param("when: {count: {at_least: 1, who: {classes: [car]}, that: {lacks: vest}}}", [3], id="its own who"),
        pytest.param("when: {in_zone: yard}", [], id="nobody"),
    ],
)
def test_only_those_are_looked_at_whom_a_rule_is_about(rule: str, tracks: list[int]) -> None:
    assert list(wanted(rule)) == tracks


@pytest.mark.parametrize(
    ("rule", "model", "every_ms"),
    [
        ("when: {lacks: helmet}", "ppe", 1_000),
        ("when: {lacks: {item: helmet, looks: 4, window: 2s}}", "ppe", 400),
        ("when: {pose: falling}", "pose", 200),
        ("when: {pose: lying}", "pose", 400),
        ("when: {any: [{pose: lying}, {pose: falling}]}", "pose", 200),
    ],
)
def test_how_often_follows_from_the_rule(rule: str, model: str, every_ms: int) -> None:
    assert set(wanted(rule, model).values()) == {every_ms}


def test_a_rule_about_the_shape_of_boxes_needs_no_model() -> None:
    assert wanted("when: {pose: {is: lying, uses: box}}", "pose") == {}
