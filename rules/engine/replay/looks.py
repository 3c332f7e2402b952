"""What further models and the picture as a whole told in the frames of track columns, by the frames' times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rules.engine.frames import ItemDetections, SceneSignals
from rules.engine.geometry import Floats
from rules.engine.track_log.asked import Asked
from rules.engine.track_log.collecting import WITH_ATTRIBUTES, WITH_ITEMS, WITH_SIGNALS
from rules.engine.track_log.reading import Columns

Attributes = Mapping[int, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Looks:
    items: Mapping[int, ItemDetections] = field(default_factory=dict)
    attributes: Mapping[int, Attributes] = field(default_factory=dict)
    """By time, then by track."""
    signals: Mapping[int, SceneSignals] = field(default_factory=dict)
    bodies: Floats = field(default_factory=lambda: np.zeros((0, 17, 3)))
    """(n, 17, 3): the key points of those rows that have some, in the order of the rows."""

    def more_of(self, at_ms: int) -> dict[str, Any]:
        """The fields of that frame."""
        return {
            "items": self.items.get(at_ms),
            "attributes": self.attributes.get(at_ms, {}),
            "signals": self.signals.get(at_ms),
        }

    def __bool__(self) -> bool:
        return bool(self.items or self.attributes or self.signals or len(self.bodies))


NO_LOOKS = Looks()


def looks_of(columns: Columns, asked: Asked) -> Looks:
    times, flags = columns.frames.times, columns.frames.flags
    items = times[flags & WITH_ITEMS > 0].tolist() if Asked.ITEMS in asked else ()
    signals = times[flags & WITH_SIGNALS > 0].tolist() if Asked.SIGNALS in asked else ()
    return Looks(
        dict(zip(items, columns.items, strict=True)),
        _attributes_of(columns) if Asked.ATTRIBUTES in asked else {},
        dict(zip(signals, columns.signals, strict=True)),
        columns.tracks.bodies,
    )


def _attributes_of(columns: Columns) -> dict[int, Attributes]:
    rows = (columns.tracks.flags & WITH_ATTRIBUTES).nonzero()[0]
    times = np.repeat(columns.frames.times, columns.tracks.counts)[rows].tolist()
    found: dict[int, dict[int, Mapping[str, float]]] = {}
    for at_ms, track_id, scores in zip(times, columns.tracks.ids[rows].tolist(), columns.attributes, strict=True):
        found.setdefault(at_ms, {})[track_id] = scores
    return {**found}


def joined_looks(parts: Sequence[Looks]) -> Looks:
    """One after another."""
    if not any(parts):
        return NO_LOOKS
    return Looks(
        {at_ms: each for part in parts for at_ms, each in part.items.items()},
        {at_ms: each for part in parts for at_ms, each in part.attributes.items()},
        {at_ms: each for part in parts for at_ms, each in part.signals.items()},
        np.concatenate([part.bodies for part in parts]),
    )
