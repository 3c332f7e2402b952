"""What further models and the picture as a whole told in the frames of track columns, by the frames' times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rules.engine.track_log.asked import Asked
from rules.engine.track_log.body_columns import NO_BODIES, BodyColumns, joined_bodies
from rules.engine.track_log.collecting import WITH_ATTRIBUTES, WITH_ITEMS, WITH_SIGNALS
from rules.engine.track_log.columns import Codes
from rules.engine.track_log.item_columns import NO_ITEMS, ItemColumns, joined_items
from rules.engine.track_log.reading import Columns
from rules.engine.track_log.signal_columns import NO_SIGNALS, SignalColumns

NO_TIMES: Codes = np.zeros(0, np.int64)
Attributes = Mapping[int, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Looks:
    items: ItemColumns = NO_ITEMS
    item_times: Codes = field(default_factory=lambda: NO_TIMES)
    """When each look at worn things was, in rising order."""
    attributes: Mapping[int, Attributes] = field(default_factory=dict)
    """By time, then by track."""
    signals: SignalColumns = NO_SIGNALS
    signal_times: Codes = field(default_factory=lambda: NO_TIMES)
    bodies: BodyColumns = NO_BODIES
    """Of those rows that have key points, in the order of the rows."""

    def more_of(self, at_ms: int, class_names: Sequence[str]) -> dict[str, Any]:
        """The fields of that frame."""
        looked, measured = _place(self.item_times, at_ms), _place(self.signal_times, at_ms)
        return {
            "items": None if looked is None else self.items.detections(looked, class_names),
            "attributes": self.attributes.get(at_ms, {}),
            "signals": None if measured is None else self.signals.signals(measured),
        }

    def without_items(self) -> Looks:
        rest = replace(self, items=NO_ITEMS, item_times=NO_TIMES)
        return rest if rest else NO_LOOKS

    def __bool__(self) -> bool:
        return bool(len(self.items) or self.attributes or len(self.signals) or len(self.bodies))


NO_LOOKS = Looks()


def _place(times: Codes, at_ms: int) -> int | None:
    """Where that time stands among those that rise."""
    if not len(times):
        return None
    place = int(np.searchsorted(times, at_ms))
    return place if place < len(times) and times[place] == at_ms else None


def looks_of(columns: Columns, asked: Asked) -> Looks:
    times, flags = columns.frames.times, columns.frames.flags
    return Looks(
        columns.items,
        times[flags & WITH_ITEMS > 0] if Asked.ITEMS in asked else NO_TIMES,
        _attributes_of(columns) if Asked.ATTRIBUTES in asked else {},
        columns.signals,
        times[flags & WITH_SIGNALS > 0] if Asked.SIGNALS in asked else NO_TIMES,
        columns.tracks.bodies,
    )


def _attributes_of(columns: Columns) -> dict[int, Attributes]:
    rows = (columns.tracks.flags & WITH_ATTRIBUTES).nonzero()[0]
    times = np.repeat(columns.frames.times, columns.tracks.counts)[rows].tolist()
    found: dict[int, dict[int, Mapping[str, float]]] = {}
    for at_ms, track_id, scores in zip(times, columns.tracks.ids[rows].tolist(), columns.attributes, strict=True):
        found.setdefault(at_ms, {})[track_id] = scores
    return {**found}


def joined_looks(parts: Sequence[Looks], codes: Sequence[Codes]) -> Looks:
    """One after another; ``codes``: for each part the new numbers of its classes."""
    if not any(parts):
        return NO_LOOKS
    return Looks(
        joined_items([part.items for part in parts], codes),
        np.concatenate([part.item_times for part in parts]),
        {at_ms: each for part in parts for at_ms, each in part.attributes.items()},
        SignalColumns(np.concatenate([part.signals.values for part in parts], axis=1)),
        np.concatenate([part.signal_times for part in parts]),
        joined_bodies([part.bodies for part in parts]),
    )
