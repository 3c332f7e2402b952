"""Which detection continues which track: overlaps of all pairs and the best one-to-one choice among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Boxes = Sequence[Sequence[float]]
Candidate = tuple[int, int, float]
"""A track, a detection, and how similar they are: what may be the same object."""

MANY_PAIRS = 400
"""From here on arrays are faster than a loop, though most pairs lie apart."""


def overlaps(first_xyxy: Floats, second_xyxy: Floats) -> Floats:
    """Intersection over union of every box of the first array with every box of the second."""
    corner = np.minimum(first_xyxy[:, None, 2:], second_xyxy[:, 2:])
    corner -= np.maximum(first_xyxy[:, None, :2], second_xyxy[:, :2])
    np.maximum(corner, 0, out=corner)
    shared: Floats = corner[..., 0] * corner[..., 1]
    union = areas(first_xyxy)[:, None] + areas(second_xyxy) - shared
    result: Floats = shared / union
    return result


def grown_overlaps(first_xyxy: Floats, second_xyxy: Floats, margins: Floats) -> Floats:
    """Overlaps after every side of both boxes moved outwards by the first box's margin (as in C-BIoU)."""
    margin = 2 * margins[:, None, None]
    corner = np.minimum(first_xyxy[:, None, 2:], second_xyxy[:, 2:])
    corner -= np.maximum(first_xyxy[:, None, :2], second_xyxy[:, :2])
    shared: Floats = np.maximum(corner + margin, 0).prod(axis=2)
    grown = ((_sizes(first_xyxy)[:, None] + margin).prod(axis=2), (_sizes(second_xyxy) + margin).prod(axis=2))
    result: Floats = shared / (grown[0] + grown[1] - shared)
    return result


def shape_overlaps(first_xyxy: Floats, second_xyxy: Floats) -> Floats:
    """Overlaps of the boxes moved onto the same centre: how alike their sizes are."""
    first, second = _sizes(first_xyxy), _sizes(second_xyxy)
    shared: Floats = np.minimum(first[:, None], second).prod(axis=2)
    result: Floats = shared / (first.prod(axis=1)[:, None] + second.prod(axis=1) - shared)
    return result


def _sizes(boxes_xyxy: Floats) -> Floats:
    return boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]


def areas(boxes_xyxy: Floats) -> Floats:
    size = _sizes(boxes_xyxy)
    result: Floats = size[:, 0] * size[:, 1]
    return result


def overlapping(first: Boxes, second: Boxes, at_least: float) -> list[Candidate]:
    """The pairs of boxes that overlap so much (above 0), in the order of the first."""
    if len(first) * len(second) > MANY_PAIRS:
        return candidates(overlaps(np.array(first, np.float64), np.array(second, np.float64)), at_least)
    found: list[Candidate] = []
    areas_second = [(right - left) * (bottom - top) for left, top, right, bottom in second]
    for row, (left, top, right, bottom) in enumerate(first):
        area = (right - left) * (bottom - top)
        for column, (other_left, other_top, other_right, other_bottom) in enumerate(second):
            width = (right if right < other_right else other_right) - (left if left > other_left else other_left)
            if width <= 0:
                continue
            height = (bottom if bottom < other_bottom else other_bottom) - (top if top > other_top else other_top)
            if height <= 0:
                continue
            shared = width * height
            overlap = shared / (area + areas_second[column] - shared)
            if overlap >= at_least:
                found.append((row, column, overlap))
    return found


def candidates(similarity: Floats, at_least: float) -> list[Candidate]:
    """The pairs that are so similar, row by row."""
    rows, columns = (similarity >= at_least).nonzero()
    return list(zip(rows.tolist(), columns.tolist(), similarity[rows, columns].tolist(), strict=True))


class Pairing:
    """Collects the pairs of one stage after the other, each among what is still free."""

    def __init__(self) -> None:
        self.pairs: dict[int, int] = {}
        """The detection of each track, stage by stage and in each by track."""
        self.taken: set[int] = set()
        """The detections that have a track."""

    def add(self, found: Sequence[Candidate]) -> None:
        """Pair the free ones so that the sum of their similarities is the greatest."""
        free = [pair for pair in found if pair[0] not in self.pairs and pair[1] not in self.taken]
        for track, detection, _ in _best(free) if len(free) > 1 else free:
            self.pairs[track] = detection
            self.taken.add(detection)


def _best(found: list[Candidate]) -> list[Candidate]:
    tracks, detections = {pair[0] for pair in found}, {pair[1] for pair in found}
    if len(tracks) == len(detections) == len(found):
        return found  # the usual case: nobody has a choice
    rows = {track: row for row, track in enumerate(sorted(tracks))}
    columns = {detection: column for column, detection in enumerate(sorted(detections))}
    similarity = np.zeros((len(rows), len(columns)))
    places = {(rows[pair[0]], columns[pair[1]]): pair for pair in found}
    for place, pair in places.items():
        similarity[place] = pair[2]
    chosen = zip(*(indices.tolist() for indices in linear_sum_assignment(similarity, maximize=True)), strict=True)
    return [places[place] for place in chosen if place in places]
