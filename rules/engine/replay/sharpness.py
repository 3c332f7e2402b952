"""How sharp each measured picture is by what is usual: followed as ``camera`` follows it, without its frames."""

from __future__ import annotations

import math

import numpy as np

from rules.engine.clauses.camera import CameraNode, CameraState, relative_sharpness
from rules.engine.geometry import Floats
from rules.engine.replay.columns import TrackTable


class Sharpness:
    """``usual``: what was usual before these columns, None where nothing was measured yet; ``before_ms``: see there."""

    def __init__(self, columns: TrackTable, words: CameraState, usual: float | None, before_ms: float) -> None:
        values = columns.looks.signals.figure("sharpness")
        is_known = np.isin(columns.looks.signal_times, columns.at_ms) & ~np.isnan(values)
        self.at_ms = columns.looks.signal_times[is_known]
        self._frames = np.searchsorted(columns.at_ms, self.at_ms)
        # A stream's first frame has none before it.
        previous = np.concatenate(([before_ms if math.isfinite(before_ms) else columns.at_ms[0]], columns.at_ms[:-1]))
        elapsed_ms = (self.at_ms - previous[self._frames]).tolist()
        found, after = [], []
        for value, passed_ms in zip(values[is_known].tolist(), elapsed_ms, strict=True):
            relative, usual = relative_sharpness(value, usual, passed_ms, words.limit)
            found.append(relative)
            after.append(usual)
        self.relative: Floats = np.array(found, np.float64)
        self._usual = after

    def remind(self, node: CameraNode, number: int) -> None:
        place = int(np.searchsorted(self._frames, number)) - 1
        if place >= 0:
            node.tell(self._usual[place], float(self.relative[place]))
