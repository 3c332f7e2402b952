"""One input of a detector, put together from regions of several cameras' pictures, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Image
from workers.runtime.detectors.boxes import GREY
from workers.runtime.live.packing import pack
from workers.runtime.live.regions import Size

OUTSIDE_SHARE = 0.25
"""A box that reaches further out of its piece belongs to no piece."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A region of a picture, and the size it has on the canvas."""

    image: Image
    region: tuple[int, int, int, int]
    size: Size

    @classmethod
    def of(cls, image: Image, region: tuple[int, int, int, int], scale: float) -> Piece:
        left, top, right, bottom = region
        return cls(image, region, (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))))


@dataclass(frozen=True, slots=True)
class PlacedPiece:
    piece: Piece
    left: int
    top: int

    def draw(self, canvas: Image) -> None:
        left, top, right, bottom = self.piece.region
        width, height = self.piece.size
        cut = self.piece.image[top:bottom, left:right]
        area = canvas[self.top : self.top + height, self.left : self.left + width]
        area[...] = cut if cut.shape == area.shape else cv2.resize(cut, (width, height))

    def to_picture(self, boxes_xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
        """From the canvas's pixels to the picture's, cut off at the region's edges."""
        left, top, right, bottom = self.piece.region
        width, height = self.piece.size
        factor = np.array([(right - left) / width, (bottom - top) / height] * 2, np.float32)
        origin = np.array([self.left, self.top] * 2, np.float32)
        moved = (boxes_xyxy - origin) * factor + np.array([left, top] * 2, np.float32)
        inside: NDArray[np.float32] = np.clip(moved, [left, top] * 2, [right, bottom] * 2).astype(np.float32)
        return inside

    def points_to_picture(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same of key points, (n, points, 3); they may lie beyond the region."""
        left, top, right, bottom = self.piece.region
        width, height = self.piece.size
        factor = np.array([(right - left) / width, (bottom - top) / height], np.float32)
        moved: NDArray[np.float32] = points.copy()
        moved[..., :2] = (points[..., :2] - np.array([self.left, self.top], np.float32)) * factor + (left, top)
        return moved


def packed(pieces: Sequence[Piece], canvas_size: Size) -> list[dict[int, PlacedPiece]]:
    """As many canvases as the pieces need, none of which may be larger than one; by each piece's index."""
    canvases: list[dict[int, PlacedPiece]] = []
    waiting = list(range(len(pieces)))
    while waiting:
        places = pack([pieces[index].size for index in waiting], canvas_size)
        rows = list(zip(waiting, places, strict=True))
        canvases.append({index: PlacedPiece(pieces[index], *place) for index, place in rows if place is not None})
        waiting = [index for index, place in rows if place is None]
    return canvases


def taken_height(pieces: Sequence[PlacedPiece]) -> int:
    """What they take of a canvas's height."""
    return max(placed.top + placed.piece.size[1] for placed in pieces)


def draw(pieces: list[PlacedPiece], canvas_size: Size) -> Image:
    width, height = canvas_size
    canvas = np.full((height, width, 3), GREY, np.uint8)
    for placed in pieces:
        placed.draw(canvas)
    return canvas


def split(found: Detections, pieces: list[PlacedPiece]) -> list[Detections]:
    """Each piece's own detections, in its picture's pixels; what lies across pieces is dropped."""
    if not len(found):
        return [Detections.empty() for _ in pieces]
    edges = np.array([[p.left, p.top, p.left + p.piece.size[0], p.top + p.piece.size[1]] for p in pieces], np.float32)
    corner = np.minimum(found.boxes_xyxy[:, None, 2:], edges[:, 2:])
    corner -= np.maximum(found.boxes_xyxy[:, None, :2], edges[:, :2])
    shared = np.maximum(corner, 0).prod(axis=2)
    owner = shared.argmax(axis=1)
    area = (found.boxes_xyxy[:, 2:] - found.boxes_xyxy[:, :2]).prod(axis=1)
    clean = shared[np.arange(len(owner)), owner] >= (1 - OUTSIDE_SHARE) * area
    return [_own(found, placed, clean & (owner == index)) for index, placed in enumerate(pieces)]


def _own(found: Detections, placed: PlacedPiece, rows: NDArray[np.bool_]) -> Detections:
    boxes = placed.to_picture(found.boxes_xyxy[rows])
    points = None if found.keypoints is None else placed.points_to_picture(found.keypoints[rows])
    return Detections(boxes, found.confidences[rows], found.class_ids[rows], points)
