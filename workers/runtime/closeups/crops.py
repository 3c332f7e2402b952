"""Crops of tracks as a further model gets them, and what it found there as the rules get it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rules.engine.frames import ItemDetections
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Image
from workers.runtime.live.canvas import Piece

Floats = NDArray[np.float64]
Points = NDArray[np.float32]
"""(17, 3): x, y and confidence."""

MARGIN = 0.15
"""Of the box's size on each side: a helmet or a raised hand sticks out of a detector's box."""
LEAST_OVERLAP = 0.3
"""Of a pose's box with its track's."""


def crop(image: Image, box_xyxy: Sequence[float], pixels: int, margin: float = MARGIN) -> Piece:
    """``box_xyxy`` in the picture's pixels; on the canvas the crop's longer side has ``pixels``."""
    height, width = image.shape[:2]
    left, top, right, bottom = box_xyxy
    across, down = margin * (right - left), margin * (bottom - top)
    x, y = max(0, int(left - across)), max(0, int(top - down))
    region = (
        min(x, width - 1),
        min(y, height - 1),
        min(width, max(x + 1, int(np.ceil(right + across)))),
        min(height, max(y + 1, int(np.ceil(bottom + down)))),
    )
    return Piece.of(image, region, pixels / max(region[2] - region[0], region[3] - region[1]))


def keypoints_of(
    found: Sequence[Detections], chosen: Sequence[int], boxes: Mapping[int, Sequence[float]]
) -> dict[int, Points]:
    """By track that was looked at and where a person was seen: the key points of the one who fills its box best."""
    points: dict[int, Points] = {}
    for track_id, seen in zip(chosen, found, strict=True):
        if seen.keypoints is None or not len(seen):
            continue
        overlap = box_overlaps(np.array(boxes[track_id]), seen.boxes_xyxy)
        best = int(overlap.argmax())
        if overlap[best] >= LEAST_OVERLAP:
            points[track_id] = seen.keypoints[best]
    return points


def items_of(
    found: Sequence[Detections], chosen: Sequence[int], names: tuple[str, ...], size: tuple[int, int]
) -> ItemDetections:
    boxes = np.concatenate([seen.boxes_xyxy for seen in found]) / np.array(size * 2, np.float32)
    return ItemDetections(
        class_names=tuple(names[class_id] for seen in found for class_id in seen.class_ids.tolist()),
        confidences=np.concatenate([seen.confidences for seen in found]),
        boxes_xyxy=boxes,
        looked_at=frozenset(chosen),
    )


def box_overlaps(box_xyxy: NDArray[np.floating], boxes_xyxy: NDArray[np.float32]) -> Floats:
    """Of one box with others: what they share by what they cover together."""
    corner = np.minimum(box_xyxy[2:], boxes_xyxy[:, 2:]) - np.maximum(box_xyxy[:2], boxes_xyxy[:, :2])
    shared = np.maximum(corner, 0).prod(axis=1)
    areas = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).prod(axis=1) + (box_xyxy[2:] - box_xyxy[:2]).prod()
    overlap: Floats = shared / np.maximum(areas - shared, 1e-9)
    return overlap
