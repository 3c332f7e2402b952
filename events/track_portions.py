"""Track logs as a back-test plays them: hours at a time, in columns where segments tell of nothing but tracks."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import structlog

from events.models import TrackLog
from events.track_reading import Cut, cuts, owner_of, segment_of
from rules.engine.frames import FrameTracks
from rules.engine.replay import TrackTable, joined, segment_table
from rules.engine.track_log import EVERYTHING, Asked, BadSegmentError, decode_segment
from vms.errors import NotFoundError

log = structlog.get_logger(__name__)

MOST_ROWS, MOST_FRAMES = 400_000, 100_000
"""How much is played at once: some hours, and some tens of megabytes."""
ROWS_A_BODY = 10
"""Key points take as much room as so many rows."""


@dataclass(frozen=True, slots=True)
class TrackPortion:
    """What follows in one stream or job, as ``table`` or, where that is None, as ``frames``; times are from ``zero``.

    ``is_new``: its tracks are numbered anew, as the node that wrote it knew nothing of those before. ``finished`` as
    for ``TrackStretch``; ``until``: the instant of the last frame.
    """

    owner_id: uuid.UUID
    epoch: int
    zero: datetime
    until: datetime
    table: TrackTable | None
    frames: tuple[FrameTracks, ...] = ()
    finished: bool = False
    is_new: bool = False


def portions(
    rows: Iterable[TrackLog], start: datetime, end: datetime, *, asked: Asked = EVERYTHING
) -> Iterator[TrackPortion]:
    """What ``rows`` hold from ``start`` until ``end``, in the order of ``stretches``; the unreadable is left out.

    ``asked`` as for ``segment_table``.
    """
    waiting: list[TrackPortion] = []
    for portion in _numbered(_segments(cuts(rows, start, end), asked=asked)):
        if waiting and not _continues(waiting, portion):
            yield _one(waiting)
            waiting = []
        waiting.append(portion)
    if waiting:
        yield _one(waiting)


def _segments(wanted: Iterable[Cut], *, asked: Asked) -> Iterator[TrackPortion]:
    for cut in wanted:
        try:
            portion = _portion(cut, asked=asked)
        except (NotFoundError, BadSegmentError) as error:
            log.error("track_log.unreadable", name=cut.row.name, error=str(error))
            continue
        if portion is not None:
            yield portion


def _portion(cut: Cut, *, asked: Asked) -> TrackPortion | None:
    data = segment_of(cut.row)
    table = segment_table(data, asked=asked)
    frames: tuple[FrameTracks, ...] = ()
    if table is None:
        frames = tuple([f for f in decode_segment(data) if cut.first_ms <= f.timestamp_ms < cut.limit_ms])
        times = [frame.timestamp_ms for frame in frames]
    else:
        first, last = np.searchsorted(table.at_ms, (cut.first_ms, cut.limit_ms)).tolist()
        table = table.between(first, last)
        times = table.at_ms[-1:].tolist()
    if not times:
        return None
    until = cut.zero + timedelta(milliseconds=times[-1])
    return TrackPortion(owner_of(cut.row), cut.row.epoch, cut.zero, until, table, frames, cut.is_finished)


def _numbered(segments: Iterable[TrackPortion]) -> Iterator[TrackPortion]:
    """With ``is_new`` where a lease begins with lower numbers than the lease before had at its end.

    A node that went on from a saved state knows the tracks of before; numbers only rise from there.
    """
    before: TrackPortion | None = None
    lowest: int | None = None
    for portion in segments:
        same_owner = before is not None and before.owner_id == portion.owner_id
        ids = _lowest_id(portion)
        if before is not None and same_owner and before.epoch != portion.epoch and ids is not None:
            yield replace(portion, is_new=lowest is not None and ids < lowest)
        else:
            yield portion
        lowest = ids if ids is not None or not same_owner else lowest
        before = portion


def _lowest_id(portion: TrackPortion) -> int | None:
    arrays = [portion.table.track_ids] if portion.table is not None else [each.track_ids for each in portion.frames]
    return min((int(each.min()) for each in arrays if len(each)), default=None)


def _continues(waiting: list[TrackPortion], portion: TrackPortion) -> bool:
    """Whether it can be played in one with those that wait."""
    last = waiting[-1]
    if last.table is None or portion.table is None or last.finished or portion.is_new:
        return False
    tables = [each.table for each in waiting if each.table is not None]
    rows = sum(len(table.track_ids) + ROWS_A_BODY * len(table.looks.bodies) for table in tables)
    frames = sum(map(len, tables))
    follows = (last.owner_id, last.zero) == (portion.owner_id, portion.zero)
    follows &= last.table.aspect == portion.table.aspect and int(portion.table.at_ms[0]) > int(last.table.at_ms[-1])
    return follows and rows < MOST_ROWS and frames < MOST_FRAMES


def _one(waiting: list[TrackPortion]) -> TrackPortion:
    tables = [each.table for each in waiting if each.table is not None]
    if len(waiting) == 1:
        return waiting[0]
    return replace(waiting[-1], table=joined(tables), is_new=waiting[0].is_new)
