"""Where on a picture objects count at all: what stands elsewhere is dropped before it is tracked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rules.engine.basics import ZoneShape
from rules.engine.geometry import STEPS, Polygons, footprints
from workers.runtime.contract import MaskShape
from workers.runtime.detections import Detections


class Masks:
    """Judged by where an object touches the ground, as areas of rules are."""

    def __init__(self, shapes: Sequence[MaskShape]) -> None:
        self._any = bool(shapes)
        self._include = _polygons(shapes, "include")
        self._exclude = _polygons(shapes, "exclude")

    def keep(self, found: Detections, width: int, height: int) -> Detections:
        """The detections that count, of a picture of this size in pixels."""
        if not self._any or not len(found):
            return found
        edges = (found.boxes_xyxy / np.array((width, height, width, height))).T.astype(np.float64)
        x, y = footprints(edges)[:2] / STEPS
        counts = np.ones(len(found), np.bool_)
        if self._include is not None:
            counts &= self._include.contain(x, y).any(axis=0)
        if self._exclude is not None:
            counts &= ~self._exclude.contain(x, y).any(axis=0)
        keypoints = found.keypoints[counts] if found.keypoints is not None else None
        return Detections(found.boxes_xyxy[counts], found.confidences[counts], found.class_ids[counts], keypoints)


def _polygons(shapes: Sequence[MaskShape], kind: str) -> Polygons | None:
    chosen = [ZoneShape(name=kind, kind="polygon", points=shape.points) for shape in shapes if shape.kind == kind]
    return Polygons(chosen) if chosen else None
