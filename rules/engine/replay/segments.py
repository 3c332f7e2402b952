"""Segments of a track log as columns for a replay, without a frame being made of each moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rules.engine.replay.columns import NO_ROWS, NOBODY, TrackTable, Whole
from rules.engine.replay.looks import joined_looks, looks_of
from rules.engine.track_log import EVERYTHING, Asked, decode_columns
from rules.engine.track_log.collecting import WITH_KEYPOINTS, WITH_MODELS

NO_FLAGS = np.zeros(0, np.bool_)


def segment_table(data: bytes, *, asked: Asked = EVERYTHING) -> TrackTable | None:
    """None: its frames tell what only they themselves can show, so that they have to be played.

    ``asked``: whatever else there is may be left out (``asked_of``).

    Raises:
        BadSegmentError: this is no segment, or it was damaged.
    """
    columns = decode_columns(data, asked=asked)
    tracks, frames = columns.tracks, columns.frames
    if len(columns.tables.aspects) != 1 or (np.diff(frames.times) <= 0).any():
        return None
    if Asked.MODELS in asked and (frames.flags & WITH_MODELS).any():
        return None
    has_body = tracks.flags & WITH_KEYPOINTS > 0 if Asked.BODIES in asked else NO_FLAGS
    return TrackTable(
        at_ms=frames.times,
        starts=np.concatenate((NO_ROWS, [0], np.cumsum(tracks.counts))),
        track_ids=tracks.ids,
        classes=tracks.classes,
        class_names=columns.tables.classes,
        confidences=tracks.sureties,
        boxes_xyxy=tracks.boxes,
        aspect=columns.tables.aspects[0],
        body_of=np.where(has_body, np.cumsum(has_body) - 1, NOBODY) if has_body.any() else None,
        looks=looks_of(columns, asked),
    )


def joined(tables: Sequence[TrackTable]) -> TrackTable:
    """One after another, of one stream; each begins after the one before it, and all have the same aspect."""
    names = sorted({name for table in tables for name in table.class_names})
    codes = [np.array([names.index(name) for name in table.class_names], np.int64) for table in tables]
    offsets = np.cumsum([0, *(int(table.starts[-1]) for table in tables)]).tolist()
    starts = [table.starts[:-1] + offset for table, offset in zip(tables, offsets, strict=False)]
    return replace(
        tables[0],
        at_ms=np.concatenate([table.at_ms for table in tables]),
        starts=np.concatenate([*starts, [offsets[-1]]]),
        track_ids=np.concatenate([table.track_ids for table in tables]),
        classes=np.concatenate([_recoded(table, each) for table, each in zip(tables, codes, strict=True)]),
        class_names=tuple(names),
        confidences=np.concatenate([table.confidences for table in tables]),
        boxes_xyxy=np.concatenate([table.boxes_xyxy for table in tables]),
        body_of=_joined_bodies(tables),
        looks=joined_looks([table.looks for table in tables], codes),
    )


def _joined_bodies(tables: Sequence[TrackTable]) -> Whole | None:
    if all(table.body_of is None for table in tables):
        return None
    parts, before = [], 0
    for table in tables:
        own = np.full(len(table.track_ids), NOBODY) if table.body_of is None else table.body_of
        parts.append(np.where(own == NOBODY, NOBODY, own + before))
        before += len(table.looks.bodies)
    return np.concatenate(parts)


def _recoded(table: TrackTable, codes: Whole) -> Whole:
    found: Whole = codes[table.classes] if len(codes) else NO_ROWS
    return found
