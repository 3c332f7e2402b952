"""What key points, or for want of them the box, say of how a person holds the body."""

from __future__ import annotations

import math
from typing import NamedTuple

from rules.engine.geometry import Floats

SURE = 0.3
"""Key points fainter than this are not used."""
NOSE = 0
EYES = (1, 2)
SHOULDERS, ELBOWS, WRISTS, HIPS, KNEES, ANKLES = (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)
LYING_ANGLE = 60.0
FLAT = 1.2
"""Width by height of a box: above it a person hardly stands, below ``NARROW`` hardly lies; ``SLIM`` is upright."""
NARROW = 0.75
SLIM = 0.55
BENDING = (45, 140)
"""Degrees of the torso."""

Point = tuple[float, float]
Points = list[Point | None]
"""By key point, None where it is not sure; in picture heights."""


class Pose(NamedTuple):
    """``angle``: of the torso, in degrees away from upright; ``flatness``: the box's width by its height.

    ``angle`` is None without key points; ``stride`` is the distance between the ankles by the box's height;
    ``shoulders_y``, ``hips_y`` and ``feet_y`` are where they are in the picture, downwards, when that is sure.
    """

    flatness: float
    angle: float | None = None
    raised: bool | None = None
    legs_upright: bool | None = None
    stride: float | None = None
    shoulders_y: float | None = None
    hips_y: float | None = None
    feet_y: float | None = None

    @property
    def lying(self) -> bool:
        """A lying torso with upright legs is bent, or sits; a flat box must agree, as far as it can."""
        if self.angle is None:
            return self.flatness >= FLAT
        return self.angle >= LYING_ANGLE and not self.legs_upright and self.flatness >= NARROW

    @property
    def upright(self) -> bool:
        if self.angle is None:
            return self.flatness <= SLIM
        return self.angle <= 40

    @property
    def bending(self) -> bool:
        return self.angle is not None and BENDING[0] <= self.angle <= BENDING[1] and bool(self.legs_upright)


def pose_of(box_xyxy: Floats, keypoints: Floats | None, aspect: float) -> Pose:
    """``keypoints``: (17, 3), normalised to the frame, in COCO's order."""
    left, top, right, bottom = box_xyxy.tolist()
    height = max(bottom - top, 1e-6)
    flatness = (right - left) * aspect / height
    if keypoints is None or keypoints.shape != (17, 3):
        return Pose(flatness)
    # Plain numbers: for so few of them arrays cost more than they save.
    points: Points = [(x * aspect, y) if sure >= SURE else None for x, y, sure in keypoints.tolist()]
    shoulders, hips, feet = _middle(points, SHOULDERS), _middle(points, HIPS), _middle(points, ANKLES)
    heights = tuple([None if each is None else each[1] for each in (shoulders, hips, feet)])
    if shoulders is None or hips is None:
        return Pose(flatness, None, _raised(points), None, None, *heights)
    angle = math.degrees(math.atan2(abs(shoulders[0] - hips[0]), hips[1] - shoulders[1]))
    return Pose(flatness, angle, _raised(points), _legs_upright(points, hips), _stride(points, height), *heights)


def _middle(points: Points, pair: tuple[int, int]) -> Point | None:
    one, other = points[pair[0]], points[pair[1]]
    if one is None or other is None:
        return one or other
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _raised(points: Points) -> bool | None:
    """Both hands above the eyes, or above the shoulders by half an upper body when the head cannot be seen."""
    left, right, *wrists = (points[each] for each in (*SHOULDERS, *WRISTS))
    if left is None or right is None or None in wrists:
        return None
    head = [point[1] for each in (NOSE, *EYES) if (point := points[each]) is not None]
    limit = min(head) if head else min(left[1], right[1]) - 0.5 * abs(left[0] - right[0])
    return all(wrist is not None and wrist[1] < limit for wrist in wrists)


def _legs_upright(points: Points, hips: Point) -> bool | None:
    """The feet, or at least the knees, are below the hips and not beside them."""
    feet = _middle(points, ANKLES) or _middle(points, KNEES)
    if feet is None:
        return None
    return feet[1] - hips[1] > abs(feet[0] - hips[0])


def _stride(points: Points, height: float) -> float | None:
    one, other = (points[each] for each in ANKLES)
    return None if one is None or other is None else math.dist(one, other) / height
