"""A memory of tracks that is told what it would know if it had been shown every frame."""

from __future__ import annotations

from rules.engine.geometry import Floats
from rules.engine.memory import BEST, FIRST, TrackMemory, X
from rules.engine.scene import Scene


class ToldMemory(TrackMemory):
    """``best`` and ``motion``: of the next frame's tracks, in the order of their ids; None: as seen."""

    best: Floats | None = None
    motion: Floats | None = None

    def update(self, scene: Scene) -> None:
        super().update(scene)
        if self.best is not None:
            self._table[BEST] = self.best
        if self.motion is not None:
            self._table[FIRST] = self.motion[0]
            self._table[X:] = self.motion[1:]
