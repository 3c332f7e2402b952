"""Segments that were cut, changed or made to do harm: one plain error, and no more memory than a segment may take."""

from __future__ import annotations

import json
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.engine.frames import FrameTracks
from rules.engine.track_log import BadSegmentError, decode_segment, encode_segment, read_header
from rules.engine.track_log.encoding import PREFIX
from tests.engine.track_log.frames import ORIGIN, films
from tests.engine.walks import Sighting, frame

GOOD = encode_segment(
    ORIGIN, [frame(at, {1: Sighting(0.2, 0.5), 5: Sighting(0.4, 0.4)}) for at in range(0, 4_000, 200)]
)


def parts(data: bytes) -> tuple[bytes, bytes]:
    """The header and the unpacked body."""
    length = PREFIX.unpack_from(data)[2]
    return data[PREFIX.size : PREFIX.size + length], zlib.decompress(data[PREFIX.size + length :])


def sealed(head: bytes, packed: bytes) -> bytes:
    """A segment whose checksum is right, as one who means harm would make it."""
    magic, version, _, _ = PREFIX.unpack_from(GOOD)
    return PREFIX.pack(magic, version, len(head), zlib.crc32(head + packed)) + head + packed


def refused(data: bytes) -> str:
    with pytest.raises(BadSegmentError) as caught:
        list(decode_segment(data))
    return str(caught.value)


@pytest.mark.parametrize("length", [0, 5, PREFIX.size, PREFIX.size + 40, len(GOOD) - 1])
def test_a_segment_that_was_cut_is_refused(length: int) -> None:
    refused(GOOD[:length])


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    data = bytearray(GOOD)
    data[place] ^= change
    refused(bytes(data))


@given(st.binary(max_size=400))
def test_bytes_at_random_are_refused(data: bytes) -> None:
    refused(data)
    refused(sealed(parts(GOOD)[0], data))
    refused(sealed(parts(GOOD)[0], zlib.compress(data)))


@settings(deadline=None, max_examples=60)
@given(films(), st.data())
def test_changed_columns_are_refused_or_read_as_frames(film: list[FrameTracks], data: st.DataObject) -> None:
    """Whoever changes numbers within their bounds gets other tracks; nothing else can happen."""
    head, body = parts(encode_segment(ORIGIN, film))
    changed = bytearray(body)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        frames = list(decode_segment(sealed(head, zlib.compress(bytes(changed)))))
    except BadSegmentError:
        return
    assert len(frames) == len(film)
    assert all(each.boxes_xyxy.min(initial=0) >= 0 and each.boxes_xyxy.max(initial=0) <= 1 for each in frames)


@pytest.mark.parametrize(
    "change",
    [
        {"frames": 21},
        {"frames": 100_001},
        {"frames": 0},
        {"objects": 39},
        {"objects": 10**12},
        {"start_ms": 200},
        {"end_ms": -1},
        {"interval_ms": float("inf")},
        {"camera_id": "x"},
        {"more": 1},
    ],
)
def test_a_header_that_does_not_fit_is_refused(change: dict[str, object]) -> None:
    header = read_header(GOOD).model_dump(mode="json") | change
    refused(sealed(json.dumps(header).encode(), zlib.compress(parts(GOOD)[1])))


def test_a_version_that_is_not_known_is_named() -> None:
    magic, _, *rest = PREFIX.unpack_from(GOOD)
    assert "version 9" in refused(PREFIX.pack(magic, 9, *rest) + GOOD[PREFIX.size :])


def test_a_bomb_takes_no_more_memory_than_a_segment_may() -> None:
    bomb = zlib.compress(bytes(100_000_000), 9)
    tracemalloc.start()
    assert "too large" in refused(sealed(parts(GOOD)[0], bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


def test_counts_are_not_taken_on_trust() -> None:
    """A column that says it has four milliards of numbers."""
    head, body = parts(GOOD)
    tables_end = 4 + int.from_bytes(body[:4], "little")
    claim = body[: tables_end + 1] + np.uint32(2**32 - 1).tobytes() + body[tables_end + 5 :]
    refused(sealed(head, zlib.compress(claim)))
