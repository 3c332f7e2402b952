"""Rectangles of a picture: rows of left, top, right, bottom, as whole pixels where a detector is to look."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Regions: TypeAlias = NDArray[np.int32]
Boxes: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""

_Box: TypeAlias = tuple[int, ...]


def no_regions() -> Regions:
    return np.empty((0, 4), np.int32)


def whole(size: Size) -> Regions:
    return np.array([[0, 0, *size]], np.int32)


def grown(boxes_xyxy: Boxes, share: float, least: float) -> Boxes:
    """Every side moved outwards by a share of the box's size, by ``least`` pixels at the least."""
    margin = np.maximum((boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]) * share, least)
    return np.concatenate((boxes_xyxy[:, :2] - margin, boxes_xyxy[:, 2:] + margin), axis=1)


def at_least(boxes_xyxy: Boxes, pixels: float) -> Boxes:
    """Boxes widened about their centre so that no side is shorter."""
    centre = (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2
    half = np.maximum(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], pixels) / 2
    return np.concatenate((centre - half, centre + half), axis=1)


def clipped(boxes_xyxy: Boxes, size: Size) -> Boxes:
    """Cut off at the picture's edges; a box outside it becomes empty."""
    cut: Boxes = np.minimum(np.maximum(boxes_xyxy, 0), np.array(size * 2, np.float64))
    return cut


def inside(boxes_xyxy: Boxes, size: Size) -> Regions:
    """Whole pixels that hold the boxes, cut off at the picture's edges; what lies outside it is dropped."""
    corners = np.concatenate((np.floor(boxes_xyxy[:, :2]), np.ceil(boxes_xyxy[:, 2:])), axis=1)
    cut = clipped(corners, size).astype(np.int32)
    kept: Regions = cut[(cut[:, 2:] > cut[:, :2]).all(axis=1)]
    return kept


def areas(boxes_xyxy: Boxes | Regions) -> Boxes:
    size = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).astype(np.float64)
    result: Boxes = size[:, 0] * size[:, 1]
    return result


def shared_areas(first_xyxy: Boxes, second_xyxy: Boxes | Regions) -> Boxes:
    """Of every box of the first with every one of the second."""
    corner = np.minimum(first_xyxy[:, None, 2:], second_xyxy[:, 2:])
    corner = np.maximum(corner - np.maximum(first_xyxy[:, None, :2], second_xyxy[:, :2]), 0)
    result: Boxes = corner[..., 0] * corner[..., 1]
    return result


def covered_share(boxes_xyxy: Boxes, regions: Boxes | Regions) -> Boxes:
    """Of every box, the largest part that one single region holds."""
    if not len(regions) or not len(boxes_xyxy):
        return np.zeros(len(boxes_xyxy))
    result: Boxes = shared_areas(boxes_xyxy, regions).max(axis=1) / np.maximum(areas(boxes_xyxy), 1e-6)
    return result


def merged(regions: Regions) -> Regions:
    """Pairs joined, as long as the rectangle around both is no larger than the two."""
    boxes: list[_Box] = [tuple(region) for region in regions.tolist()]
    done: list[_Box] = []
    while boxes:
        box = boxes.pop()
        partner = next((other for other in boxes if _is_cheap(box, other)), None)
        if partner is None:
            done.append(box)
            continue
        boxes.remove(partner)
        # What is done may go well with the larger one.
        boxes, done = [*boxes, *done, _around(box, partner)], []
    return np.array(done, np.int32).reshape(-1, 4)


def _around(first: _Box, second: _Box) -> _Box:
    low = min(first[0], second[0]), min(first[1], second[1])
    return (*low, max(first[2], second[2]), max(first[3], second[3]))


def _area(box: _Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _is_cheap(first: _Box, second: _Box) -> bool:
    return _area(_around(first, second)) <= _area(first) + _area(second)
