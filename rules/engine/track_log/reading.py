"""A segment's columns, read and checked: whatever passes can be put together to frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from rules.engine.track_log.asked import EVERYTHING, Asked
from rules.engine.track_log.body_columns import NO_BODIES, NUMBERS, BodyColumns
from rules.engine.track_log.collecting import (
    WITH_ATTRIBUTES,
    WITH_ITEMS,
    WITH_KEYPOINTS,
    WITH_LOOKED_AT,
    WITH_SIGNALS,
)
from rules.engine.track_log.columns import ColumnReader, sums
from rules.engine.track_log.encoding import TABLES_LENGTH, first_of_each
from rules.engine.track_log.errors import BadSegmentError
from rules.engine.track_log.header import MOST_OBJECTS, SegmentHeader, Tables
from rules.engine.track_log.item_columns import NO_ITEMS, ItemColumns, starts_of
from rules.engine.track_log.signal_columns import FIGURES, NO_SIGNALS, SignalColumns
from rules.engine.track_log.steps import (
    HIGHEST_BODY,
    HIGHEST_SHARPNESS,
    LOWEST_BODY,
    MOST_SHARE,
    PLACE_STEPS,
    SHARE_STEPS,
    SURE_STEPS,
    sharpnesses_of,
)

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
BODY_COLUMNS, ATTRIBUTE_COLUMNS, ITEM_COLUMNS, SIGNAL_COLUMNS = 1, 2, 4, 1


class FrameColumns(NamedTuple):
    """One row a frame."""

    times: Codes
    flags: Codes
    aspects: Codes


@dataclass(frozen=True, slots=True)
class TrackColumns:
    """One row for each track of each frame, in the order of the frames; ``counts``: how many each frame has.

    ``bodies``: the key points of those rows that have some.
    """

    counts: Codes
    ids: Codes
    classes: Codes
    models: Codes
    flags: Codes
    sureties: Floats
    boxes: Floats
    bodies: BodyColumns


@dataclass(frozen=True, slots=True)
class Columns:
    """``attributes`` of those rows that have some, ``items`` and ``signals`` of those frames, each in their order."""

    tables: Tables
    frames: FrameColumns
    tracks: TrackColumns
    attributes: list[dict[str, float]]
    items: ItemColumns
    signals: SignalColumns


def read_columns(header: SegmentHeader, reader: ColumnReader, asked: Asked = EVERYTHING) -> Columns:
    """What is not asked for is empty, whatever is there of it."""
    tables = _tables(reader)
    frames = _frames(header, tables, reader)
    tracks = _tracks(header, tables, reader, with_bodies=Asked.BODIES in asked)
    attributes: list[dict[str, float]] = []
    items = NO_ITEMS
    signals = NO_SIGNALS
    if Asked.ATTRIBUTES in asked:
        attributes = _attributes(tables, reader, _count(tracks.flags & WITH_ATTRIBUTES))
    else:
        reader.skip(ATTRIBUTE_COLUMNS)
    if Asked.ITEMS in asked:
        with_items = frames.flags[frames.flags & WITH_ITEMS > 0]
        items = _items(tables, reader, with_items & WITH_LOOKED_AT > 0)
    else:
        reader.skip(ITEM_COLUMNS)
    if Asked.SIGNALS in asked:
        signals = _signals(reader, _count(frames.flags & WITH_SIGNALS))
    else:
        reader.skip(SIGNAL_COLUMNS)
    reader.end()
    return Columns(tables, frames, tracks, attributes, items, signals)


def _tables(reader: ColumnReader) -> Tables:
    (length,) = TABLES_LENGTH.unpack(reader.take_bytes(TABLES_LENGTH.size))
    try:
        return Tables.model_validate_json(reader.take_bytes(length))
    except ValidationError as error:
        raise BadSegmentError("the segment's names are not understood") from error


def _frames(header: SegmentHeader, tables: Tables, reader: ColumnReader) -> FrameColumns:
    count = header.frames
    frames = FrameColumns(
        np.cumsum(np.cumsum(reader.take(count))), np.cumsum(reader.take(count)), np.cumsum(reader.take(count))
    )
    if (frames.times.min(), frames.times.max()) != (header.start_ms, header.end_ms):
        raise BadSegmentError("the segment's times are not those of its header")
    _require(frames.flags, 0, 15)
    _require(frames.aspects, 0, len(tables.aspects) - 1)
    return frames


def _tracks(header: SegmentHeader, tables: Tables, reader: ColumnReader, *, with_bodies: bool) -> TrackColumns:
    ids, firsts = _track_ids(reader, header.objects)
    frames = sums(reader.take(len(ids)), firsts)
    _require(frames, 0, header.frames - 1)
    _require(np.diff(frames)[~firsts[1:]], 1, header.frames)
    classes, models, flags, sureties = (sums(reader.take(len(ids)), firsts) for _ in range(4))
    _require(classes, 0, len(tables.classes) - 1)
    _require(models, 0, len(tables.models) - 1)
    _require(flags, 0, WITH_KEYPOINTS | WITH_ATTRIBUTES)
    _require(sureties, 0, SURE_STEPS)
    boxes = sums(_wide(reader, 4, len(ids)), firsts)
    boxes[:, 2:] += boxes[:, :2]
    _require(boxes, 0, PLACE_STEPS)
    order = np.argsort(frames, kind="stable")
    bodies = NO_BODIES
    if with_bodies:
        bodies = _bodies(reader, ids, flags & WITH_KEYPOINTS > 0, order)
    else:
        reader.skip(BODY_COLUMNS)
    return TrackColumns(
        counts=np.bincount(frames, minlength=header.frames),
        ids=ids[order],
        classes=classes[order],
        models=models[order],
        flags=flags[order],
        sureties=sureties[order] / SURE_STEPS,
        boxes=boxes[order] / PLACE_STEPS,
        bodies=bodies,
    )


def _track_ids(reader: ColumnReader, objects: int) -> tuple[Codes, Flags]:
    """The id of every row, track by track, and where another track begins."""
    ids = np.cumsum(reader.take())
    if not (ids[1:] > ids[:-1]).all():
        raise BadSegmentError("the segment's tracks are not in order")
    lengths = reader.take(len(ids))
    _require(lengths, 1, MOST_OBJECTS)
    if lengths.sum() != objects:
        raise BadSegmentError("the segment has not as many tracks as its header says")
    rows = np.repeat(ids, lengths)
    return rows, first_of_each(rows)


def _bodies(reader: ColumnReader, ids: Codes, has_points: Flags, order: Codes) -> BodyColumns:
    """Key points in the order of the frames."""
    # One number of all bodies after another, as they are written: rows of 51 would be added up much more slowly.
    steps = reader.take_short(NUMBERS * _count(has_points)).reshape(NUMBERS, -1)
    firsts = first_of_each(ids[has_points]).nonzero()[0]
    running = np.cumsum(steps, axis=1, dtype=np.int32)
    before = running[:, firsts] - steps[:, firsts]
    running -= np.repeat(before, np.diff(np.append(firsts, steps.shape[1])), axis=1)
    for kind, least, most in zip(range(3), LOWEST_BODY, HIGHEST_BODY, strict=True):
        _require(running[kind::3], least, most)
    place = np.cumsum(has_points) - 1
    return BodyColumns(running.astype(np.int16), place[order][has_points[order]])


def _attributes(tables: Tables, reader: ColumnReader, count: int) -> list[dict[str, float]]:
    lengths = reader.take(count)
    _require(lengths, 0, len(tables.attributes))
    names, scores = _wide(reader, 2, int(lengths.sum())).T
    _require(names, 0, len(tables.attributes) - 1)
    _require(scores, 0, SURE_STEPS)
    pairs = [
        (tables.attributes[name], score)
        for name, score in zip(names.tolist(), (scores / SURE_STEPS).tolist(), strict=True)
    ]
    ends = np.cumsum(lengths).tolist()
    return [dict(pairs[end - length : end]) for end, length in zip(ends, lengths.tolist(), strict=True)]


def _items(tables: Tables, reader: ColumnReader, with_looked_at: Flags) -> ItemColumns:
    """Of every frame in which a model looked for things; ``with_looked_at``: whether it is known on whom."""
    lengths = reader.take(len(with_looked_at))
    _require(lengths, 0, MOST_OBJECTS)
    rows = _wide(reader, 6, int(lengths.sum()))
    _require(rows[:, 0], 0, len(tables.classes) - 1)
    _require(rows[:, 1], 0, SURE_STEPS)
    _require(rows[:, 2:], 0, PLACE_STEPS)
    looked_lengths = np.zeros(len(with_looked_at), np.int64)
    looked_lengths[with_looked_at] = found = reader.take(_count(with_looked_at))
    _require(found, 0, MOST_OBJECTS)
    looked_at = reader.take(int(found.sum()))
    return ItemColumns(
        starts_of(lengths),
        rows[:, 0],
        rows[:, 1] / SURE_STEPS,
        rows[:, 2:] / PLACE_STEPS,
        ~with_looked_at,
        starts_of(looked_lengths),
        looked_at,
    )


def _signals(reader: ColumnReader, count: int) -> SignalColumns:
    rows = np.cumsum(_wide(reader, 1 + len(FIGURES), count), axis=0)
    measured, codes = rows[:, 0], rows[:, 1:].T
    _require(measured, 0, (1 << len(FIGURES)) - 1)
    _require(codes, -MOST_SHARE, MOST_SHARE)
    sharpness = FIGURES.index("sharpness")
    _require(codes[sharpness], 0, HIGHEST_SHARPNESS)
    values = codes / SHARE_STEPS
    values[sharpness] = sharpnesses_of(codes[sharpness])
    values[(measured >> np.arange(len(FIGURES))[:, None] & 1) == 0] = np.nan
    return SignalColumns(values)


def _wide(reader: ColumnReader, width: int, count: int) -> Codes:
    """Columns that were written one after another, as (count, width)."""
    return reader.take(width * count).reshape(width, count).T


def _count(flags: NDArray[np.generic]) -> int:
    return int(np.count_nonzero(flags))


def _require(codes: NDArray[np.integer], least: int, most: int) -> None:
    if codes.size and not (least <= codes.min() and codes.max() <= most):
        raise BadSegmentError("a number of the segment is out of its bounds")
