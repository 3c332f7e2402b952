"""Whole numbers as bytes that compress well: differences, as few bytes as they need, byte by byte."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from rules.engine.track_log.errors import BadSegmentError

Codes = NDArray[np.int64]

HEAD = struct.Struct("<BI")
WIDTHS = (1, 2, 4, 8)


def pack(values: Codes) -> bytes:
    """A column. Numbers near zero, of either sign, are short; all lowest bytes come first, then the next ones."""
    flat = values.ravel().astype(np.int64)
    folded = ((flat << 1) ^ (flat >> 63)).view(np.uint64)
    most = int(folded.max()) if len(folded) else 0
    width = next(width for width in WIDTHS if most < 1 << 8 * width)
    planes = folded.astype(f"<u{width}").view(np.uint8).reshape(-1, width).T
    return HEAD.pack(width, len(flat)) + planes.tobytes()


def _unfolded(folded: NDArray[np.uint64]) -> Codes:
    return (folded >> np.uint64(1)).view(np.int64) ^ -(folded & np.uint64(1)).view(np.int64)


UNFOLDED = _unfolded(np.arange(1 << 16, dtype=np.uint64))
"""Looked up: most numbers of a log are that short."""


class ColumnReader:
    """Takes columns from the front of bytes that nobody vouches for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int | None = None) -> Codes:
        """The next column; it must have ``count`` numbers where that is given."""
        folded = self._take_folded(count)
        numbers: Codes = np.take(UNFOLDED, folded) if folded.itemsize <= 2 else _unfolded(folded.astype(np.uint64))
        return numbers

    def take_short(self, count: int) -> NDArray[np.int32]:
        """The same in half the room, of a column that holds no numbers beyond 15 bits."""
        folded = self._take_folded(count)
        if folded.itemsize > 2:
            raise BadSegmentError("a number of the segment is out of its bounds")
        signed = folded.astype(np.int32)
        numbers: NDArray[np.int32] = (signed >> 1) ^ -(signed & 1)
        return numbers

    def _take_folded(self, count: int | None) -> NDArray[np.unsignedinteger]:
        width, length = HEAD.unpack(self.take_bytes(HEAD.size))
        if width not in WIDTHS or (count is not None and length != count):
            raise BadSegmentError("a column of the segment is not as long as it should be")
        planes = np.frombuffer(self.take_bytes(width * length), np.uint8).reshape(width, length)
        folded: NDArray[np.unsignedinteger] = planes[0]
        if width == 2:
            folded = planes[0] | planes[1].astype(np.uint16) << 8
        elif width > 2:
            folded = np.ascontiguousarray(planes.T).view(f"<u{width}").ravel()
        return folded

    def skip(self, columns: int) -> None:
        for _ in range(columns):
            width, length = HEAD.unpack(self.take_bytes(HEAD.size))
            self.take_bytes(width * length)

    def take_bytes(self, size: int) -> bytes:
        data = self._data[self._at : self._at + size]
        if len(data) != size:
            raise BadSegmentError("the segment ends too early")
        self._at += size
        return data

    def end(self) -> None:
        if self._at != len(self._data):
            raise BadSegmentError("something follows the segment's columns")


def differences(values: Codes, firsts: NDArray[np.bool_]) -> Codes:
    """From row to row; a row among ``firsts`` stays as it is."""
    steps = values.copy()
    steps[1:] -= values[:-1]
    steps[firsts] = values[firsts]
    return steps


def sums(steps: Codes, firsts: NDArray[np.bool_]) -> Codes:
    """The reverse of ``differences``; the first row is among ``firsts``."""
    if not len(steps):
        return steps
    running = np.cumsum(steps, axis=0)
    starts = firsts.nonzero()[0]
    before = running[starts] - steps[starts]
    values: Codes = running - np.repeat(before, np.diff(np.append(starts, len(steps))), axis=0)
    return values
