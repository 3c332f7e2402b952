"""Columns of frames to the bytes of a segment.

A segment is: magic and version, the header's length, a CRC of all that follows, the header as JSON, and the body,
compressed: the tables of names as JSON with their length, then the columns in the order of ``_columns``. Tracks stand
one after another, each through all its frames; what is written is how a number differs from the one before it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from rules.engine.frames import FrameTracks
from rules.engine.track_log.collecting import WITH_KEYPOINTS, Collected
from rules.engine.track_log.columns import differences, pack
from rules.engine.track_log.header import SegmentHeader, SegmentOrigin, Tables
from rules.engine.track_log.steps import quantised

MAGIC = b"VMSTRACK"
VERSION = 1
PREFIX = struct.Struct("<8sHII")
TABLES_LENGTH = struct.Struct("<I")
LEVEL = 6

Codes = NDArray[np.int64]


def encode_segment(origin: SegmentOrigin, frames: Iterable[FrameTracks], *, finished: bool = False) -> bytes:
    """The bytes of at least one frame. What is not ``quantised`` is made so.

    Raises:
        ValueError: no frames, or more of something than a segment can hold.
    """
    collected = Collected()
    collected.take([quantised(frame) for frame in frames])
    return encode(origin, collected, finished=finished)[1]


def encode(origin: SegmentOrigin, collected: Collected, *, finished: bool) -> tuple[SegmentHeader, bytes]:
    times = collected.column("times")
    if not len(times):
        raise ValueError("a segment has at least one frame")
    header = SegmentHeader(
        **origin.model_dump(),
        start_ms=int(times.min()),
        end_ms=int(times.max()),
        frames=len(times),
        objects=int(collected.column("counts").sum()),
        finished=finished,
    )
    head = header.model_dump_json().encode()
    rest = head + zlib.compress(_body(collected), LEVEL)
    return header, PREFIX.pack(MAGIC, VERSION, len(head), zlib.crc32(rest)) + rest


def _body(collected: Collected) -> bytes:
    tables = Tables(
        classes=collected.classes.texts(),
        models=collected.models.texts(),
        attributes=collected.attributes.texts(),
        aspects=collected.aspects.numbers(),
    )
    text = tables.model_dump_json().encode()
    return b"".join((TABLES_LENGTH.pack(len(text)), text, *map(pack, _columns(collected))))


def _columns(collected: Collected) -> Iterator[Codes]:
    column = collected.column
    yield _steps(_steps(column("times")))
    yield _steps(column("frame_flags"))
    yield _steps(column("aspects"))
    yield from _tracks(collected)
    for name in ("attribute_counts", "attributes", "item_counts", "items", "looked_counts", "looked"):
        yield column(name).T
    yield _steps(column("figures")).T


def _tracks(collected: Collected) -> Iterator[Codes]:
    column, counts = collected.column, collected.column("counts")
    ids, flags = column("ids"), column("row_flags")
    frames = np.repeat(np.arange(len(counts)), counts)
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    firsts = first_of_each(ids)
    yield _steps(ids[firsts])
    yield np.diff(np.append(firsts.nonzero()[0], len(ids)))
    yield differences(frames[order], firsts)
    for name in ("classes", "models", "row_flags", "sureties"):
        yield differences(column(name)[order], firsts)
    edges = column("boxes")[order]
    edges[:, 2:] -= edges[:, :2]
    yield differences(edges, firsts).T
    yield from _bodies(column("keypoints"), (flags & WITH_KEYPOINTS).astype(bool), order, ids)


def _bodies(points: Codes, has_points: NDArray[np.bool_], order: Codes, ids: Codes) -> Iterator[Codes]:
    """Key points in the order of the tracks."""
    place = np.cumsum(has_points) - 1
    chosen = has_points[order]
    yield differences(points[place[order][chosen]], first_of_each(ids[chosen])).T


def first_of_each(ids: Codes) -> NDArray[np.bool_]:
    """Where another track begins, of rows that are in the order of their tracks."""
    firsts = np.ones(len(ids), bool)
    firsts[1:] = ids[1:] != ids[:-1]
    return firsts


def _steps(values: Codes) -> Codes:
    return differences(values, np.arange(len(values)) == 0)
