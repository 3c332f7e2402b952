"""What a model for worn things found in many frames, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rules.engine.frames import ItemDetections
from rules.engine.geometry import Flags, Floats
from rules.engine.track_log.columns import Codes

FRONT: Codes = np.zeros(1, np.int64)


@dataclass(frozen=True, slots=True)
class ItemColumns:
    """One look after another: the ``k``-th found the things ``starts[k]`` to ``starts[k + 1]``.

    It was at the tracks ``looked_starts[k]`` to ``looked_starts[k + 1]`` of ``looked_at``, or where ``saw_all[k]``, at
    the whole picture.
    """

    starts: Codes
    classes: Codes
    sureties: Floats
    boxes: Floats
    saw_all: Flags
    looked_starts: Codes
    looked_at: Codes

    def __len__(self) -> int:
        return len(self.saw_all)

    def detections(self, number: int, class_names: Sequence[str]) -> ItemDetections:
        things = slice(*self.starts[number : number + 2].tolist())
        names = tuple([class_names[code] for code in self.classes[things].tolist()])
        looked = None
        if not self.saw_all[number]:
            looked = frozenset(self.looked_at[slice(*self.looked_starts[number : number + 2].tolist())].tolist())
        return ItemDetections(names, self.sureties[things], self.boxes[things], looked)


NO_ITEMS = ItemColumns(
    FRONT, FRONT[:0], np.zeros(0), np.zeros((0, 4)), np.zeros(0, np.bool_), looked_starts=FRONT, looked_at=FRONT[:0]
)


def starts_of(lengths: Codes) -> Codes:
    """Where each of several parts begins that stand one after another, and where the last one ends."""
    return np.concatenate((FRONT, np.cumsum(lengths)))


def joined_items(parts: Sequence[ItemColumns], codes: Sequence[Codes]) -> ItemColumns:
    """One after another; ``codes``: for each part the new numbers of its classes."""
    return ItemColumns(
        starts_of(np.concatenate([np.diff(part.starts) for part in parts])),
        np.concatenate([names[part.classes] for part, names in zip(parts, codes, strict=True)]),
        np.concatenate([part.sureties for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.saw_all for part in parts]),
        starts_of(np.concatenate([np.diff(part.looked_starts) for part in parts])),
        np.concatenate([part.looked_at for part in parts]),
    )
