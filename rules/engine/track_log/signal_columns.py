"""What was measured of the picture as a whole in many frames, as columns."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from rules.engine.frames import SceneSignals
from rules.engine.geometry import Floats

FIGURES = tuple(field.name for field in fields(SceneSignals))


@dataclass(frozen=True, slots=True)
class SignalColumns:
    """``values``: (figures, n), NaN where one was not measured."""

    values: Floats

    def __len__(self) -> int:
        return len(self.values[0])

    def figure(self, name: str) -> Floats:
        found: Floats = self.values[FIGURES.index(name)]
        return found

    def signals(self, number: int) -> SceneSignals:
        return SceneSignals(*[None if value != value else value for value in self.values[:, number].tolist()])


NO_SIGNALS = SignalColumns(np.zeros((len(FIGURES), 0)))
