"""One look at a picture: where, why, and what its results are worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from workers.runtime.detections import Detections
from workers.runtime.detectors.boxes import without_duplicates
from workers.runtime.live.regions import (
    Boxes,
    Flags,
    Regions,
    Size,
    areas,
    clipped,
    covered_share,
    no_regions,
    shared_areas,
    whole,
)
from workers.runtime.tracking import Outlook

Box: TypeAlias = NDArray[np.float32]
Region: TypeAlias = NDArray[np.int32]

DUPLICATE_OVERLAP = 0.7
LOOKED_SHARE = 0.6
"""A track was looked at when so much of where it is expected lies in one region."""
SAME_PART, PART_SHARE = 0.6, 0.4
CUT_PIXELS = 3.0
"""A box this near to the border of its region may go on beyond it."""


class Reason(StrEnum):
    """Why a detector looks, or does not."""

    START = "start"
    SAFETY = "safety"
    EVERYTHING_MOVED = "everything_moved"
    LARGE = "large"
    REGIONS = "regions"
    NOTHING_MOVED = "nothing_moved"


@dataclass(frozen=True)
class Look:
    """Where to look, as regions of the picture; ``scales``: of each, relative to the whole picture's."""

    reason: Reason
    regions: Regions
    scales: Boxes
    outlook: Outlook
    size: Size

    @classmethod
    def at_all(cls, reason: Reason, outlook: Outlook, size: Size) -> Look:
        return cls(reason, whole(size), np.ones(1), outlook, size)

    @classmethod
    def at_nothing(cls, outlook: Outlook, size: Size) -> Look:
        return cls(Reason.NOTHING_MOVED, no_regions(), np.empty(0), outlook, size)

    @property
    def is_whole(self) -> bool:
        return self.reason not in (Reason.REGIONS, Reason.NOTHING_MOVED)

    @cached_property
    def looked(self) -> Flags | None:
        """Of every track expected, whether a detector looks there; None: everywhere."""
        if self.is_whole:
            return None
        expected = clipped(self.outlook.boxes_xyxy, self.size)
        has_left = areas(expected) <= 0  # of the picture: there is nothing to look at, and nothing to hold on to
        return np.asarray(has_left | (covered_share(expected, self.regions) >= LOOKED_SHARE))

    def unlooked_tracks(self) -> Boxes:
        return self.outlook.boxes_xyxy[:0] if self.looked is None else self.outlook.boxes_xyxy[~self.looked]

    def judge(self, found: Detections, sources: NDArray[np.intp]) -> tuple[Detections, Boxes]:
        """What is worth telling the tracker of detections of ``regions[sources]``, and what should be looked at again.

        The latter are boxes that the border of a region cuts. They are left out altogether where they are part of
        something seen whole, or of a track that stands where nobody meant to look.
        """
        if self.is_whole or not len(found):
            return found, np.empty((0, 4))
        cut = _are_cut(found.boxes_xyxy.astype(np.float64), self.regions[sources], self.size)
        best = np.lexsort((cut, -found.confidences))  # of two that are as sure, the one that is seen whole
        single = best[without_duplicates(found.boxes_xyxy[best], found.class_ids[best], DUPLICATE_OVERLAP)]
        found, sources, cut = _chosen(found, single), sources[single], cut[single]
        if cut.sum() > 1:
            found, cut = _with_parts_joined(found, cut, self.regions[sources])
        boxes = found.boxes_xyxy.astype(np.float64)
        if not cut.any():
            return found, boxes[cut]
        known = _have_better_twin(boxes, found.class_ids, cut) | (covered_share(boxes, self.unlooked_tracks()) >= 0.6)
        return _chosen(found, (~cut | ~known).nonzero()[0]), boxes[cut & ~known]


def _chosen(found: Detections, indices: NDArray[np.intp]) -> Detections:
    return Detections(found.boxes_xyxy[indices], found.confidences[indices], found.class_ids[indices])


def _are_cut(boxes_xyxy: Boxes, regions: Regions, size: Size) -> Flags:
    """Boxes that touch a border of their region that is not the picture's own."""
    low = (boxes_xyxy[:, :2] - regions[:, :2] < CUT_PIXELS) & (regions[:, :2] > 0)
    high = (regions[:, 2:] - boxes_xyxy[:, 2:] < CUT_PIXELS) & (regions[:, 2:] < np.array(size))
    return np.asarray((low | high).any(axis=1))


def _with_parts_joined(found: Detections, cut: Flags, regions: Regions) -> tuple[Detections, Flags]:
    """Where two regions show one object in part each, one box around both: half an object each would be two tracks."""
    boxes, gone = found.boxes_xyxy.copy(), set[int]()
    for first, second in combinations(cut.nonzero()[0].tolist(), 2):
        is_one = not gone & {first, second} and found.class_ids[first] == found.class_ids[second]
        if is_one and _show_the_same(boxes[first], boxes[second], regions[first], regions[second]):
            boxes[first, :2] = np.minimum(boxes[first, :2], boxes[second, :2])
            boxes[first, 2:] = np.maximum(boxes[first, 2:], boxes[second, 2:])
            gone.add(second)
    kept = np.array([index for index in range(len(boxes)) if index not in gone], np.intp)
    return _chosen(Detections(boxes, found.confidences, found.class_ids), kept), cut[kept]


def _show_the_same(first: Box, second: Box, first_region: Region, second_region: Region) -> bool:
    """Whether both boxes are alike in what the two regions have in common, and one of them lies there for the most."""
    common = _intersection(first_region.astype(np.float32), second_region.astype(np.float32))
    first_part, second_part = _intersection(first, common), _intersection(second, common)
    shared = _area(_intersection(first_part, second_part))
    alike = shared >= SAME_PART * (_area(first_part) + _area(second_part) - shared)
    return bool(alike and shared >= PART_SHARE * min(_area(first), _area(second)) > 0)


def _intersection(first: Box, second: Box) -> Box:
    return np.concatenate((np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])))


def _area(box: Box) -> float:
    return max(0.0, float(box[2] - box[0])) * max(0.0, float(box[3] - box[1]))


def _have_better_twin(boxes_xyxy: Boxes, class_ids: NDArray[np.int32], cut: Flags) -> Flags:
    """Cut boxes mostly inside a whole one of the same class, as two regions that overlap give them."""
    held = shared_areas(boxes_xyxy, boxes_xyxy) > 0.5 * areas(boxes_xyxy)[:, None]
    same = class_ids[:, None] == class_ids
    return np.asarray(cut & (held & same & ~cut).any(axis=1))
