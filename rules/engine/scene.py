"""One frame as the conditions see it: tracks in the order of their ids, and where each stands in every zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rules.engine.geometry import Flags, Floats, Lines, Polygons, bottom_centres
from rules.engine.schema import Who, ZoneShape
from rules.engine.transitions import FrameTracks


@dataclass(frozen=True, slots=True)
class Scene:
    """Arrays and tuples run over the same tracks; geometry is computed once for all rules."""

    timestamp_ms: int
    previous_ms: int
    """The frame before; the same as ``timestamp_ms`` in a stream's first frame."""
    track_ids: tuple[int, ...]
    class_names: tuple[str, ...]
    confidences: tuple[float, ...]
    boxes_xyxy: Floats
    points: tuple[tuple[float, float], ...]
    """Bottom centres."""
    inside: dict[str, Flags]
    """By polygon."""
    line_distances: dict[str, Floats]
    """By line, in object sizes: negative on the left-hand side."""

    def of_class(self, who: Who) -> list[int]:
        """Indices of the tracks whose class a rule looks at."""
        if not who.classes:
            return list(range(len(self.track_ids)))
        return [index for index, name in enumerate(self.class_names) if name in who.classes]


class Place(NamedTuple):
    """What a scene says of where its tracks stand."""

    boxes_xyxy: Floats
    points: tuple[tuple[float, float], ...]
    inside: dict[str, Flags]
    line_distances: dict[str, Floats]


class SceneBuilder:
    """Knows a camera's zones; makes a scene of each frame."""

    def __init__(self, zones: Sequence[ZoneShape]) -> None:
        polygons = [zone for zone in zones if zone.kind == "polygon"]
        lines = [zone for zone in zones if zone.kind == "line"]
        self._polygon_names = [zone.name for zone in polygons]
        self._line_names = [zone.name for zone in lines]
        self._polygons = Polygons(polygons)
        self._lines = Lines(lines)
        self._nobody = self._place(np.empty((0, 4)))

    def build(self, frame: FrameTracks, previous_ms: int) -> Scene:
        frame = in_order(frame)
        # Most frames of most cameras show nobody; for those nothing is computed.
        place = self._place(frame.boxes_xyxy.astype(np.float64)) if frame.class_names else self._nobody
        return Scene(
            timestamp_ms=frame.timestamp_ms,
            previous_ms=previous_ms,
            track_ids=tuple(frame.track_ids.tolist()),
            class_names=frame.class_names,
            confidences=tuple(frame.confidences.tolist()),
            boxes_xyxy=place.boxes_xyxy,
            points=place.points,
            inside=place.inside,
            line_distances=place.line_distances,
        )

    def _place(self, boxes: Floats) -> Place:
        points = bottom_centres(boxes)
        return Place(
            boxes_xyxy=boxes,
            points=tuple((x, y) for x, y in points.tolist()),
            inside=dict(zip(self._polygon_names, self._polygons.contain(points), strict=True)),
            line_distances=dict(zip(self._line_names, self._lines.distances(points, boxes), strict=True)),
        )


def in_order(frame: FrameTracks) -> FrameTracks:
    """The tracks in the order of their ids, in which a tracker gives them anyway."""
    ids = frame.track_ids
    if len(ids) < 2 or bool((ids[1:] >= ids[:-1]).all()):
        return frame
    order = np.argsort(ids, kind="stable")
    return FrameTracks(
        timestamp_ms=frame.timestamp_ms,
        track_ids=ids[order],
        class_names=tuple(frame.class_names[index] for index in order),
        confidences=frame.confidences[order],
        boxes_xyxy=frame.boxes_xyxy[order],
    )
