"""What key points, or for want of them the box, say of how a person holds the body."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rules.engine.geometry import Flags, Floats

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


@dataclass(frozen=True, slots=True)
class Pose:
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
        return self.angle is not None and 45 <= self.angle <= 140 and bool(self.legs_upright)


def pose_of(box_xyxy: Floats, keypoints: Floats | None, aspect: float) -> Pose:
    """``keypoints``: (17, 3), normalised to the frame, in COCO's order."""
    left, top, right, bottom = box_xyxy.tolist()
    height = max(bottom - top, 1e-6)
    flatness = (right - left) * aspect / height
    if keypoints is None or keypoints.shape != (17, 3):
        return Pose(flatness)
    points = keypoints[:, :2] * (aspect, 1)
    sure = keypoints[:, 2] >= SURE
    shoulders, hips = _middle(points, sure, SHOULDERS), _middle(points, sure, HIPS)
    feet = _middle(points, sure, ANKLES)
    heights = tuple(None if each is None else each[1] for each in (shoulders, hips, feet))
    if shoulders is None or hips is None:
        return Pose(flatness, None, _raised(points, sure), None, None, *heights)
    angle = math.degrees(math.atan2(abs(shoulders[0] - hips[0]), hips[1] - shoulders[1]))
    legs, stride = _legs_upright(points, sure, hips), _stride(points, sure, height)
    return Pose(flatness, angle, _raised(points, sure), legs, stride, *heights)


def _middle(points: Floats, sure: Flags, pair: tuple[int, int]) -> tuple[float, float] | None:
    known = [points[each] for each in pair if sure[each]]
    if not known:
        return None
    x, y = np.mean(known, axis=0).tolist()
    return x, y


def _raised(points: Floats, sure: Flags) -> bool | None:
    """Both hands above the eyes, or above the shoulders by half an upper body when the head cannot be seen."""
    if not (sure[list(WRISTS)].all() and sure[list(SHOULDERS)].all()):
        return None
    shoulders = points[list(SHOULDERS), 1]
    head = [points[each, 1] for each in (NOSE, *EYES) if sure[each]]
    limit = min(head) if head else float(shoulders.min()) - 0.5 * float(np.ptp(points[list(SHOULDERS), 0]))
    return bool((points[list(WRISTS), 1] < limit).all())


def _legs_upright(points: Floats, sure: Flags, hips: tuple[float, float]) -> bool | None:
    """The feet, or at least the knees, are below the hips and not beside them."""
    feet = _middle(points, sure, ANKLES) or _middle(points, sure, KNEES)
    if feet is None:
        return None
    return feet[1] - hips[1] > abs(feet[0] - hips[0])


def _stride(points: Floats, sure: Flags, height: float) -> float | None:
    if not sure[list(ANKLES)].all():
        return None
    return float(math.dist(points[ANKLES[0]], points[ANKLES[1]])) / height
