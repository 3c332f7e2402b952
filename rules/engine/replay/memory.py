"""A memory of tracks that is told what it would know if it had been shown every frame."""

from __future__ import annotations

from rules.engine.geometry import Floats
from rules.engine.memory import BEST, TrackMemory
from rules.engine.scene import Scene


class ToldMemory(TrackMemory):
    """``best``: the confidences that the next frame's tracks have reached, in the order of their ids; None: as seen."""

    best: Floats | None = None

    def update(self, scene: Scene) -> None:
        super().update(scene)
        if self.best is not None:
            self._table[BEST] = self.best
