"""Persons that the detector loses while they fall: the pose model, made for bodies in any position, looks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.runtime.closeups.crops import box_overlaps
from workers.runtime.detections import Detections

Floats = NDArray[np.float64]

LOST_MS = 1_500
"""So long after a person was last seen it is worth looking."""
MOST_AT_ONCE = 4
FOUND = 0.2
CLEAR = 0.4
"""A track is lost unless a detection as sure as this lies on its last box: fainter ones often do not continue it."""
SURE = 0.3
TAKEN = 0.5
"""Overlap with somebody whom the detector sees: it is them."""
REACH = 0.25
"""Of the larger side of the last box: how far away the person may be by now; when lying, to either side."""
HELD = 0.5
"""Of what is found, how much must lie within reach."""


@dataclass(slots=True)
class Losses:
    """By track that the pose model was to look at: when and where it was last seen, in the picture's pixels."""

    seen: dict[int, tuple[int, list[float]]] = field(default_factory=dict)

    def note(self, now_ms: int, boxes: Mapping[int, Sequence[float]]) -> None:
        kept = {each: row for each, row in self.seen.items() if now_ms - row[0] <= LOST_MS}
        self.seen = kept | {each: (now_ms, list(box)) for each, box in boxes.items()}

    def lost(self, now_ms: int, people: NDArray[np.float32], expected: Iterable[int]) -> dict[int, list[float]]:
        """Of the tracks that a detector should have found, those it did not: where to look for each.

        ``people``: the boxes of those whom it clearly sees.
        """
        known = sorted(set(expected) & self.seen.keys())
        rows = {each: box for each in known for at_ms, box in (self.seen[each],) if now_ms - at_ms <= LOST_MS}
        missed = [each for each, box in rows.items() if box_overlaps(np.array(box), people).max(initial=0) < FOUND]
        return {each: _reach(rows[each]) for each in missed[:MOST_AT_ONCE]}

    def state(self) -> list[Any]:
        return [[each, at_ms, *box] for each, (at_ms, box) in sorted(self.seen.items())]

    @classmethod
    def of_state(cls, rows: list[Any]) -> Losses:
        return cls({int(each): (int(at_ms), box) for each, at_ms, *box in rows})


def the_lost(seen: Detections, reach: Sequence[float], people: NDArray[np.float32]) -> int | None:
    """Which of the persons on a crop is the one who was lost, if any."""
    best: int | None = None
    for index in np.argsort(-seen.confidences, kind="stable").tolist():
        box = seen.boxes_xyxy[index].astype(np.float64)
        if seen.confidences[index] < SURE:
            break
        taken = box_overlaps(box, people).max(initial=0) >= TAKEN
        if best is None and not taken and _share_within(box, reach) >= HELD:
            best = index
    return best


def _reach(box: Sequence[float]) -> list[float]:
    left, top, right, bottom = box
    wide = REACH * max(right - left, bottom - top)
    return [left - wide, top, right + wide, bottom + wide]


def _share_within(box: Floats, reach: Sequence[float]) -> float:
    corner = np.minimum(box[2:], reach[2:]) - np.maximum(box[:2], reach[:2])
    return float(np.maximum(corner, 0).prod() / max((box[2:] - box[:2]).prod(), 1e-9))
