"""Which detection continues which track: overlaps of all pairs and the best one-to-one choice among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]


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


def best_pairs(similarity: Floats, at_least: float) -> tuple[Indices, Indices]:
    """The one-to-one pairs (rows, columns) with the greatest sum of similarity, none below ``at_least``."""
    allowed = similarity >= at_least
    if not allowed.any():
        nothing = np.empty(0, np.intp)
        return nothing, nothing
    if similarity.size == 1:
        only = np.zeros(1, np.intp)
        return only, only
    gated = np.where(allowed, similarity, 0.0)
    rows, columns = linear_sum_assignment(gated, maximize=True)
    good = allowed[rows, columns]
    return rows[good], columns[good]


class Pairing:
    """Collects the pairs of one stage after the other among the rows and columns that are still free."""

    def __init__(self, row_count: int, column_count: int) -> None:
        self._free_rows = np.ones(row_count, np.bool_)
        self._free_columns = np.ones(column_count, np.bool_)
        self._rows: list[Indices] = []
        self._columns: list[Indices] = []

    def free(self, rows: Flags, columns: Flags) -> tuple[Indices, Indices]:
        free_columns = (self._free_columns & columns).nonzero()[0]
        if not len(free_columns):  # the usual case after the first stage, so worth not looking further
            return free_columns, free_columns
        return (self._free_rows & rows).nonzero()[0], free_columns

    def add(self, similarity: Floats, rows: Flags, columns: Flags, at_least: float) -> None:
        """Pair the free ones of ``rows`` and ``columns`` by a similarity of all rows with all columns."""
        row_indices, column_indices = self.free(rows, columns)
        if len(row_indices) and len(column_indices):
            self.take(row_indices, column_indices, similarity[row_indices[:, None], column_indices], at_least)

    def take(self, rows: Indices, columns: Indices, similarity: Floats, at_least: float) -> None:
        """Pair by a similarity of the given free rows with the given free columns."""
        chosen_rows, chosen_columns = best_pairs(similarity, at_least)
        rows, columns = rows[chosen_rows], columns[chosen_columns]
        self._free_rows[rows] = False
        self._free_columns[columns] = False
        self._rows.append(rows)
        self._columns.append(columns)

    def pairs(self) -> tuple[Indices, Indices]:
        if not self._rows:
            nothing = np.empty(0, np.intp)
            return nothing, nothing
        return np.concatenate(self._rows), np.concatenate(self._columns)
