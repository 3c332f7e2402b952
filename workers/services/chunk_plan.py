"""Where a recording is cut into chunks. Pure: times in, times out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise


def chunk_spans(keyframes_ms: Iterable[int], *, duration_ms: int, chunk_ms: int) -> list[tuple[int, int]]:
    """Cut 0..``duration_ms`` at keyframes into spans of about ``chunk_ms``, without gap or overlap.

    A span ends at the first keyframe that makes it long enough; a rest shorter than half a chunk joins the last one.
    """
    end_ms = max(1, duration_ms)
    cuts = list(_cuts(sorted(set(keyframes_ms)), end_ms, chunk_ms))
    return list(pairwise([0, *cuts, end_ms]))


def _cuts(keyframes_ms: list[int], end_ms: int, chunk_ms: int) -> Iterator[int]:
    start_ms = 0
    for keyframe_ms in keyframes_ms:
        if keyframe_ms - start_ms >= chunk_ms and end_ms - keyframe_ms >= chunk_ms / 2:
            yield keyframe_ms
            start_ms = keyframe_ms
