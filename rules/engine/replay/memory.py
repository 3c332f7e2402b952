"""A memory of tracks that is told what it would know if it had been shown every frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rules.engine.geometry import Floats
from rules.engine.memory import BEST, FIRST, TrackMemory, X
from rules.engine.replay.motion import LastSeen
from rules.engine.scene import Scene


class ToldMemory(TrackMemory):
    """``best`` and ``motion``: of the next frame's tracks, in the order of their ids; None: as seen."""

    best: Floats | None = None
    motion: Floats | None = None

    def update(self, scene: Scene) -> None:
        if self.best is None:
            super().update(scene)
            return
        self._ids, self._now_ms = scene.track_ids, scene.timestamp_ms
        self._table = np.zeros((8, len(self.best)))
        self._table[BEST] = self.best
        if self.motion is not None:
            self._table[FIRST] = self.motion[0]
            self._table[X:] = self.motion[1:]
        self.hear(scene.frame.attributes)

    def go_on(self, lately: Mapping[int, LastSeen]) -> None:
        """From now on frames are shown one by one; ``lately``: what would be remembered until now."""
        self.best = self.motion = None
        self.restore(
            [
                [track, seen.at_ms, seen.motion[0], seen.best, *seen.motion[1:], self.attributes.get(track, {})]
                for track, seen in lately.items()
            ]
        )

    def forget_but(self, lately: Mapping[int, LastSeen]) -> None:
        for track in [each for each in self.attributes if each not in lately]:
            del self.attributes[track]
