"""The bytes of a segment back to its frames. Bytes come from another machine: nothing in them is taken on trust."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from pydantic import ValidationError

from rules.engine.frames import FrameTracks
from rules.engine.track_log.asked import EVERYTHING, Asked
from rules.engine.track_log.assembling import assembled
from rules.engine.track_log.columns import ColumnReader
from rules.engine.track_log.encoding import MAGIC, PREFIX, VERSION
from rules.engine.track_log.errors import BadSegmentError
from rules.engine.track_log.header import SegmentHeader
from rules.engine.track_log.reading import Columns, read_columns

MOST_HEAD_BYTES = 16_384
MOST_BODY_BYTES = 16_777_216
"""Of columns, unpacked; a writer's segments stay far below."""


def read_header(data: bytes) -> SegmentHeader:
    """The header alone; the tracks are not looked at, but the checksum is that of all.

    Raises:
        BadSegmentError: this is no segment, or it was damaged.
    """
    return _opened(data)[0]


def decode_segment(data: bytes) -> Iterator[FrameTracks]:
    """The frames, in the order in which they were added, in time from the stream's zero.

    Everything is read and checked before the first one is given.

    Raises:
        BadSegmentError: this is no segment, or it was damaged or is inconsistent.
    """
    return assembled(decode_columns(data))


def decode_columns(data: bytes, *, asked: Asked = EVERYTHING) -> Columns:
    """The same before frames are made of it; ``asked`` as for ``read_columns``.

    Raises:
        BadSegmentError: as for ``decode_segment``.
    """
    header, packed = _opened(data)
    return read_columns(header, ColumnReader(_unpacked(packed)), asked=asked)


def _opened(data: bytes) -> tuple[SegmentHeader, bytes]:
    if len(data) < PREFIX.size:
        raise BadSegmentError("this is too short for a segment of a track log")
    magic, version, length, checksum = PREFIX.unpack_from(data)
    if magic != MAGIC:
        raise BadSegmentError("this is no segment of a track log")
    if version != VERSION:
        raise BadSegmentError(f"this segment is of version {version}, which is not known here")
    rest = memoryview(data)[PREFIX.size :]
    if length > min(MOST_HEAD_BYTES, len(rest)) or zlib.crc32(rest) != checksum:
        raise BadSegmentError("the segment is damaged")
    try:
        return SegmentHeader.model_validate_json(bytes(rest[:length])), bytes(rest[length:])
    except ValidationError as error:
        raise BadSegmentError("the segment's header is not understood") from error


def _unpacked(packed: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        body = stream.decompress(packed, MOST_BODY_BYTES)
    except zlib.error as error:
        raise BadSegmentError("the segment's body cannot be unpacked") from error
    if not stream.eof or stream.unused_data:
        raise BadSegmentError("the segment's body is too large, or ends too early")
    return body
