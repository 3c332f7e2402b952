"""Cutting a recording into chunks."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from workers.services.chunk_plan import chunk_spans


def test_chunks_start_at_keyframes_and_are_about_as_long_as_asked() -> None:
    spans = chunk_spans(range(0, 79_500, 2_000), duration_ms=79_500, chunk_ms=20_000)
    assert spans == [(0, 20_000), (20_000, 40_000), (40_000, 60_000), (60_000, 79_500)]


def test_a_short_rest_joins_the_chunk_before_it() -> None:
    assert chunk_spans(range(0, 45_000, 1_000), duration_ms=45_000, chunk_ms=20_000) == [(0, 20_000), (20_000, 45_000)]


def test_a_recording_with_one_keyframe_is_one_chunk() -> None:
    assert chunk_spans([0], duration_ms=3_600_000, chunk_ms=20_000) == [(0, 3_600_000)]


@given(
    keyframes_ms=st.lists(st.integers(min_value=-1_000, max_value=10**7), max_size=60),
    duration_ms=st.integers(min_value=0, max_value=10**7),
    chunk_ms=st.integers(min_value=1, max_value=10**6),
)
def test_chunks_cover_the_whole_recording_without_gap_or_overlap(
    keyframes_ms: list[int], duration_ms: int, chunk_ms: int
) -> None:
    spans = chunk_spans(keyframes_ms, duration_ms=duration_ms, chunk_ms=chunk_ms)
    assert spans[0][0] == 0
    assert spans[-1][1] == max(1, duration_ms)
    assert all(start_ms < end_ms for start_ms, end_ms in spans)
    assert all(before[1] == after[0] for before, after in pairwise(spans))
