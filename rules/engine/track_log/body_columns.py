"""The key points of many bodies as columns: most rules ask for a few points, or for a few bodies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules.engine.geometry import Floats
from rules.engine.track_log.columns import Codes
from rules.engine.track_log.steps import BODY_SCALE, BODY_STEPS, BODY_SURE_STEPS

POINTS = 17
NUMBERS = 3 * POINTS


@dataclass(frozen=True, slots=True)
class BodyColumns:
    """``codes``: (51, n), in the log's steps, one number of all bodies after another; ``order``: where each stands."""

    codes: NDArray[np.int16]
    order: Codes

    def __len__(self) -> int:
        return len(self.order)

    def body(self, number: int) -> Floats:
        """(17, 3), as a frame has it."""
        found: Floats = self.codes[:, self.order[number]].reshape(POINTS, 3) / BODY_SCALE
        return found

    def all(self) -> Iterator[Floats]:
        return iter(self.codes.T[self.order].reshape(-1, POINTS, 3) / BODY_SCALE)

    def points(self, numbers: Codes, point: int) -> tuple[Floats, Floats, Floats]:
        """Of these bodies: x, y and how sure one of their key points is."""
        places = self.order[numbers]
        x, y, sure = (self.codes[3 * point + kind, places] for kind in range(3))
        return x / BODY_STEPS, y / BODY_STEPS, sure / BODY_SURE_STEPS


NO_BODIES = BodyColumns(np.zeros((NUMBERS, 0), np.int16), np.zeros(0, np.int64))


def joined_bodies(parts: Sequence[BodyColumns]) -> BodyColumns:
    """One after another."""
    offsets = np.cumsum([0, *map(len, parts)])
    orders = [part.order + offset for part, offset in zip(parts, offsets.tolist(), strict=False)]
    return BodyColumns(np.concatenate([part.codes for part in parts], axis=1), np.concatenate(orders))
