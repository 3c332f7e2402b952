"""One look at a picture: where, why, and what its results are worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

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

DUPLICATE_OVERLAP = 0.7
LOOKED_SHARE = 0.6
"""A track was looked at when so much of where it is expected lies in one region."""
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
        return np.asarray(covered_share(clipped(self.outlook.boxes_xyxy, self.size), self.regions) >= LOOKED_SHARE)

    def unlooked_tracks(self) -> Boxes:
        return self.outlook.boxes_xyxy[:0] if self.looked is None else self.outlook.boxes_xyxy[~self.looked]

    def judge(self, found: Detections, sources: NDArray[np.intp]) -> tuple[Detections, Boxes]:
        """What is worth telling the tracker of detections of ``regions[sources]``, and what should be looked at again.

        The latter are boxes that the border of a region cuts. They are left out altogether where they are part of
        something seen whole, or of a track that stands where nobody meant to look.
        """
        if self.is_whole or not len(found):
            return found, np.empty((0, 4))
        order = np.argsort(-found.confidences, kind="stable")
        found, sources = _chosen(found, order), sources[order]
        single = without_duplicates(found.boxes_xyxy, found.class_ids, DUPLICATE_OVERLAP)
        found, sources = _chosen(found, single), sources[single]
        boxes = found.boxes_xyxy.astype(np.float64)
        cut = _are_cut(boxes, self.regions[sources], self.size)
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


def _have_better_twin(boxes_xyxy: Boxes, class_ids: NDArray[np.int32], cut: Flags) -> Flags:
    """Cut boxes mostly inside a whole one of the same class, as two regions that overlap give them."""
    held = shared_areas(boxes_xyxy, boxes_xyxy) > 0.5 * areas(boxes_xyxy)[:, None]
    same = class_ids[:, None] == class_ids
    return np.asarray(cut & (held & same & ~cut).any(axis=1))
