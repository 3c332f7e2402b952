"""What stands where nobody is to look is dropped before it is tracked."""

from __future__ import annotations

import numpy as np
import pytest

from workers.runtime.contract import MaskShape
from workers.runtime.detections import Detections
from workers.runtime.masks import Masks

Outline = tuple[tuple[float, float], ...]

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
TOP = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))
FEET = {"left top": (40, 20), "left bottom": (40, 80), "right top": (160, 20), "right bottom": (160, 80)}
"""Where four people stand on a picture of 200 x 100 pixels."""


def people() -> Detections:
    boxes = np.array([(x - 5, y - 15, x + 5, y) for x, y in FEET.values()], np.float32)
    keypoints = np.arange(4, dtype=np.float32).reshape(4, 1, 1).repeat(3, axis=2)
    return Detections(boxes, np.full(4, 0.9, np.float32), np.zeros(4, np.int32), keypoints)


def kept(*masks: tuple[str, Outline]) -> list[str]:
    shapes = [MaskShape.model_validate({"kind": kind, "points": points}) for kind, points in masks]
    found = Masks(shapes).keep(people(), 200, 100)
    assert found.keypoints is not None
    return [list(FEET)[int(value)] for value in found.keypoints[:, 0, 0]]


@pytest.mark.parametrize(
    ("masks", "expected"),
    [
        ((), ["left top", "left bottom", "right top", "right bottom"]),
        ((("exclude", LEFT),), ["right top", "right bottom"]),
        ((("include", LEFT),), ["left top", "left bottom"]),
        ((("include", LEFT), ("include", TOP)), ["left top", "left bottom", "right top"]),
        ((("exclude", LEFT), ("exclude", TOP)), ["right bottom"]),
        ((("include", LEFT), ("exclude", TOP)), ["left bottom"]),
    ],
)
def test_masks_say_who_counts(masks: tuple[tuple[str, Outline], ...], expected: list[str]) -> None:
    assert kept(*masks) == expected


def test_the_feet_decide_and_not_the_head() -> None:
    tall = Detections(np.array([[10, 10, 20, 90]], np.float32), np.ones(1, np.float32), np.zeros(1, np.int32))
    mask = Masks([MaskShape(kind="exclude", points=TOP)])
    assert len(mask.keep(tall, 200, 100)) == 1


def test_a_picture_without_anybody_stays_one() -> None:
    assert len(Masks([MaskShape(kind="include", points=LEFT)]).keep(Detections.empty(), 200, 100)) == 0
