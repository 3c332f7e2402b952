"""Columns to frames: what a back-test spends its time on, so that nothing is done for a frame that need not be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rules.engine.frames import FrameTracks
from rules.engine.track_log.collecting import (
    WITH_ATTRIBUTES,
    WITH_ITEMS,
    WITH_KEYPOINTS,
    WITH_MODELS,
    WITH_SIGNALS,
)
from rules.engine.track_log.reading import Columns
from rules.engine.track_log.steps import NO_IDS, NO_PLACES, NO_SURETIES


def assembled(columns: Columns) -> Iterator[FrameTracks]:
    tracks = columns.tracks
    ids, sureties, boxes = tracks.ids, tracks.sureties, tracks.boxes
    names = [columns.tables.classes[code] for code in tracks.classes.tolist()]
    aspects = [columns.tables.aspects[code] for code in columns.frames.aspects.tolist()]
    ends = np.cumsum(tracks.counts).tolist()
    more = _More(columns)
    start = 0
    for at_ms, end, aspect, has_more in zip(
        columns.frames.times.tolist(), ends, aspects, more.frames.tolist(), strict=True
    ):
        if start == end:
            frame = FrameTracks(at_ms, NO_IDS, (), NO_SURETIES, NO_PLACES, aspect)
        else:
            rows = slice(start, end)
            frame = FrameTracks(at_ms, ids[rows], tuple(names[rows]), sureties[rows], boxes[rows], aspect)
        yield more.added(frame, start) if has_more else frame
        start = end


class _More:
    """What only some frames have. ``frames`` says which; they are to be asked for in their order, each once."""

    def __init__(self, columns: Columns) -> None:
        frame_flags, row_flags = columns.frames.flags, columns.tracks.flags
        of_rows = np.repeat(np.arange(len(frame_flags)), columns.tracks.counts)[row_flags > 0]
        self.frames = frame_flags > 0
        self.frames[of_rows] = True
        self._flags = iter(frame_flags[self.frames].tolist())
        self._row_flags = row_flags.tolist()
        self._model_names = columns.tables.models
        self._models = columns.tracks.models
        self._bodies = columns.tracks.bodies.all()
        self._attributes = iter(columns.attributes)
        items, names = columns.items, columns.tables.classes
        self._items = (items.detections(number, names) for number in range(len(items)))
        signals = columns.signals
        self._signals = map(signals.signals, range(len(signals)))

    def added(self, frame: FrameTracks, start: int) -> FrameTracks:
        flags = next(self._flags)
        end = start + len(frame.track_ids)
        marked = list(zip(frame.track_ids.tolist(), self._row_flags[start:end], strict=True))
        models = [self._model_names[code] for code in self._models[start:end].tolist()] if flags & WITH_MODELS else ()
        return FrameTracks(
            frame.timestamp_ms,
            frame.track_ids,
            frame.class_names,
            frame.confidences,
            frame.boxes_xyxy,
            frame.aspect,
            tuple(models),
            {track_id: next(self._bodies) for track_id, row in marked if row & WITH_KEYPOINTS},
            next(self._items) if flags & WITH_ITEMS else None,
            {track_id: next(self._attributes) for track_id, row in marked if row & WITH_ATTRIBUTES},
            next(self._signals) if flags & WITH_SIGNALS else None,
        )
