"""How well tracks fit the ground truth: MOTA and IDF1 by py-motmetrics, HOTA after its paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import motmetrics
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from workers.runtime.tracking.association import overlaps

MATCH_OVERLAP = 0.5
HOTA_OVERLAPS = np.arange(0.05, 0.99, 0.05)


class Labelled(NamedTuple):
    """One frame's boxes, each with the id of its object or track."""

    ids: NDArray[np.int64]
    boxes_xyxy: NDArray[np.float64]


Sequence = Mapping[int, Labelled]
"""By frame number."""

NOTHING = Labelled(np.empty(0, np.int64), np.empty((0, 4)))


class Quality(NamedTuple):
    hota: float
    mota: float
    idf1: float


def quality(truth: Sequence, tracks: Sequence) -> Quality:
    """In per cent."""
    accumulator = motmetrics.MOTAccumulator()
    for frame in sorted({*truth, *tracks}):
        real, found = truth.get(frame, NOTHING), tracks.get(frame, NOTHING)
        distance = 1 - overlaps(real.boxes_xyxy, found.boxes_xyxy)
        distance[distance > 1 - MATCH_OVERLAP] = np.nan
        accumulator.update(real.ids.tolist(), found.ids.tolist(), distance, frameid=frame)
    summary = motmetrics.metrics.create().compute(accumulator, metrics=["mota", "idf1"])
    return Quality(
        100 * hota(truth, tracks), 100 * float(summary["mota"].iloc[0]), 100 * float(summary["idf1"].iloc[0])
    )


def hota(truth: Sequence, tracks: Sequence) -> float:
    """Higher order tracking accuracy (Luiten et al., IJCV 2021), averaged over 19 overlap thresholds."""
    real_ids = _numbering(truth)
    found_ids = _numbering(tracks)
    real_count = np.zeros(len(real_ids))
    found_count = np.zeros(len(found_ids))
    shared = np.zeros((len(real_ids), len(found_ids)))
    frames = []
    for frame in sorted({*truth, *tracks}):
        real, found = truth.get(frame, NOTHING), tracks.get(frame, NOTHING)
        rows = np.array([real_ids[each] for each in real.ids.tolist()], np.intp)
        columns = np.array([found_ids[each] for each in found.ids.tolist()], np.intp)
        similarity = overlaps(real.boxes_xyxy, found.boxes_xyxy)
        real_count[rows] += 1
        found_count[columns] += 1
        both = similarity.sum(0)[None] + similarity.sum(1)[:, None] - similarity
        shared[np.ix_(rows, columns)] += np.divide(similarity, both, out=np.zeros_like(both), where=both > 0)
        frames.append((rows, columns, similarity))
    alignment = shared / (real_count[:, None] + found_count - shared)

    matches = np.zeros((len(HOTA_OVERLAPS), len(real_ids), len(found_ids)))
    for rows, columns, similarity in frames:
        first, second = linear_sum_assignment(alignment[np.ix_(rows, columns)] * similarity, maximize=True)
        enough = similarity[first, second] >= HOTA_OVERLAPS[:, None] - np.finfo(float).eps
        for level, good in enumerate(enough):
            matches[level, rows[first[good]], columns[second[good]]] += 1
    return float(np.mean([_hota_at(level, real_count, found_count) for level in matches]))


def _hota_at(matches: NDArray[np.float64], real_count: NDArray[np.float64], found_count: NDArray[np.float64]) -> float:
    hits = matches.sum()
    detection = hits / (real_count.sum() + found_count.sum() - hits)
    union = np.maximum(real_count[:, None] + found_count - matches, 1)
    association = (matches * matches / union).sum() / max(hits, 1)
    return float(np.sqrt(detection * association))


def _numbering(sequence: Sequence) -> dict[int, int]:
    ids = sorted({each for labelled in sequence.values() for each in labelled.ids.tolist()})
    return {each: number for number, each in enumerate(ids)}
