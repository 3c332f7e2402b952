"""A memory of tracks that is told what it would know if it had been shown every frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules.engine.frames import FrameTracks
from rules.engine.geometry import Floats
from rules.engine.memory import BEST, TrackMemory


class ToldMemory(TrackMemory):
    """``best``: the confidences that the next frame's tracks have reached, in the order of their ids; None: as seen."""

    best: Floats | None = None

    def update(
        self, frame: FrameTracks, track_ids: tuple[int, ...], points: Floats, confidences: NDArray[np.floating]
    ) -> None:
        super().update(frame, track_ids, points, confidences)
        if self.best is not None:
            self._table[BEST] = self.best
