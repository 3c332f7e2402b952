"""Arithmetic on boxes that detectors share: fitting a frame into a square input, and dropping duplicates."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Image

Floats = NDArray[np.float32]

GREY = 114
"""The colour that YOLO models are trained to ignore."""
# Its threads would only take the cores from the model's.
cv2.setNumThreads(1)

MAX_CANDIDATES = 1_000
MAX_DETECTIONS = 300


@dataclass(frozen=True, slots=True)
class Letterbox:
    """A frame of ``width`` x ``height`` pixels inside a model's input, its sides kept in proportion."""

    scale: float
    left: int
    top: int
    width: int
    height: int

    @classmethod
    def fitting(cls, image: Image, input_width: int, input_height: int) -> Letterbox:
        height, width = image.shape[:2]
        scale = min(input_width / width, input_height / height)
        left = (input_width - round(width * scale)) // 2
        top = (input_height - round(height * scale)) // 2
        return cls(scale, left, top, width, height)

    @property
    def placed_height(self) -> int:
        """In the input's pixels."""
        return round(self.height * self.scale)

    def place(self, image: Image, canvas: Image) -> None:
        width, height = round(self.width * self.scale), self.placed_height
        canvas[...] = GREY
        area = canvas[self.top : self.top + height, self.left : self.left + width]
        area[...] = image if image.shape == area.shape else cv2.resize(image, (width, height))

    def to_frame(self, boxes_xyxy: Floats) -> Floats:
        """From the input's pixels back to the frame's, cut off at its edges."""
        boxes = (boxes_xyxy - np.array([self.left, self.top] * 2, np.float32)) / np.float32(self.scale)
        inside: Floats = np.clip(boxes, 0, np.array([self.width, self.height] * 2, np.float32))
        return inside

    def points_to_frame(self, points: Floats) -> Floats:
        """The same of key points, (n, points, 3), which may lie outside the frame."""
        moved: Floats = points.copy()
        moved[..., :2] = (points[..., :2] - np.array((self.left, self.top), np.float32)) / np.float32(self.scale)
        return moved

    def found_in_frame(self, found: Detections) -> Detections:
        points = None if found.keypoints is None else self.points_to_frame(found.keypoints)
        return Detections(self.to_frame(found.boxes_xyxy), found.confidences, found.class_ids, points)


def decode_yolo(output: Floats, *, min_confidence: float, max_overlap: float, keypoints: int = 0) -> Detections:
    """Boxes from a YOLO head's output of shape (4 + classes + 3 x key points, places).

    First centre x and y, width, height, then scores, then x, y and confidence of each key point.
    """
    scores = output[4 : len(output) - 3 * keypoints]
    best = scores.max(axis=0)
    places = np.flatnonzero(best > min_confidence)
    # Stable, so that equal scores keep their order from run to run.
    places = places[np.argsort(-best[places], kind="stable")][:MAX_CANDIDATES]
    confidences = best[places]
    class_ids = scores[:, places].argmax(axis=0).astype(np.int32)
    centre, half = output[:2, places].T, output[2:4, places].T / 2
    boxes: Floats = np.concatenate((centre - half, centre + half), axis=1, dtype=np.float32)
    kept = without_duplicates(boxes, class_ids, max_overlap)
    points = _keypoints(output, places[kept], keypoints) if keypoints else None
    return Detections(boxes[kept], confidences[kept], class_ids[kept], points)


def _keypoints(output: Floats, places: NDArray[np.intp], count: int) -> Floats:
    points: Floats = output[-3 * count :, places].T.reshape(-1, count, 3).astype(np.float32)
    return points


def without_duplicates(boxes_xyxy: Floats, class_ids: NDArray[np.int32], max_overlap: float) -> NDArray[np.intp]:
    """Indices of the boxes (sorted by confidence, best first) that no better one of their class covers too much."""
    size = boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]
    areas = size[:, 0] * size[:, 1]
    waiting = np.arange(len(boxes_xyxy))
    kept: list[np.intp] = []
    while len(waiting) and len(kept) < MAX_DETECTIONS:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        corner = np.minimum(boxes_xyxy[best, 2:], boxes_xyxy[waiting, 2:])
        corner = np.maximum(corner - np.maximum(boxes_xyxy[best, :2], boxes_xyxy[waiting, :2]), 0)
        shared = corner[:, 0] * corner[:, 1]
        same = shared > max_overlap * (areas[best] + areas[waiting] - shared)
        waiting = waiting[~(same & (class_ids[waiting] == class_ids[best]))]
    return np.array(kept, np.intp)
