"""The coverage ledger: every minute of every live camera is analysed, degraded or blind, and why.

Minutes are closed by the camera's health (``cameras.services.tally`` says by which rule) and put here by a sweep as
spans of equal minutes in a row, so months stay small. Each minute is written once: the transaction that adds it to
the ledger takes it from the health row, which is locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cameras.models import CameraHealth, CoverageSpan
from cameras.services.debounce import moment_of
from cameras.services.tally import Stretch


def coverage_extend(rows: Sequence[CameraHealth]) -> None:
    """Move the closed minutes of the locked rows into the ledger; the caller writes the rows.

    Two statements however many cameras there are.
    """
    stretches = {row.camera_id: [Stretch(*stretch) for stretch in row.closed] for row in rows if row.closed}
    if not stretches:
        return
    lasting = _spans_ending(stretches)
    spans: list[CoverageSpan] = []
    for camera_id, closed in stretches.items():
        first = _span(camera_id, closed[0])
        before = lasting.get((camera_id, first.started_at))
        if before is not None and (before.state, before.reason) == (first.state, first.reason):
            first.started_at = before.started_at
        spans += [first, *(_span(camera_id, stretch) for stretch in closed[1:])]
    CoverageSpan.objects.bulk_create(
        spans, update_conflicts=True, unique_fields=["camera", "started_at"], update_fields=["ended_at"]
    )
    for row in rows:
        row.closed = []


def _spans_ending(stretches: dict[int, list[Stretch]]) -> dict[tuple[int, datetime], CoverageSpan]:
    """The spans that end where a camera's first closed minute begins."""
    ends = {moment_of(closed[0].start_ms) for closed in stretches.values()}
    found = CoverageSpan.objects.filter(camera__in=stretches, ended_at__in=ends)
    return {(span.camera_id, span.ended_at): span for span in found}


def _span(camera_id: int, stretch: Stretch) -> CoverageSpan:
    return CoverageSpan(
        camera_id=camera_id,
        state=stretch.state,
        reason=stretch.reason,
        started_at=moment_of(stretch.start_ms),
        ended_at=moment_of(stretch.end_ms),
    )
