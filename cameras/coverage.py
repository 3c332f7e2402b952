"""Reading the coverage ledger: what a camera saw of a period, as spans, minutes and a share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from cameras.choices import CoverageState
from cameras.models import Camera, CoverageSpan
from cameras.services.conditions import NOT_LIVE, SWITCHED_OFF

OFF_REASONS = (SWITCHED_OFF, NOT_LIVE)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes in a row that are alike, cut to the period that was asked for."""

    state: str
    reason: str
    started_at: datetime
    ended_at: datetime

    @property
    def minutes(self) -> int:
        return round((self.ended_at - self.started_at) / MINUTE)

    @property
    def is_off(self) -> bool:
        return self.reason in OFF_REASONS


@dataclass(frozen=True, slots=True)
class Coverage:
    """The minutes of a period by state. Minutes in which the camera was switched off on purpose stand apart."""

    analysed: int = 0
    degraded: int = 0
    blind: int = 0
    switched_off: int = 0

    @property
    def share(self) -> float | None:
        """Minutes analysed, of those in which the camera was to be watched; None where there was none."""
        wanted = self.analysed + self.degraded + self.blind
        return self.analysed / wanted if wanted else None


def coverage_spans(camera: Camera, start: datetime, end: datetime) -> list[Span]:
    """The ledger of the period, oldest first. The last minute or two may not stand in it yet."""
    return [
        Span(span.state, span.reason, max(span.started_at, start), min(span.ended_at, end))
        for span in _within(start, end).filter(camera=camera).order_by("started_at")
    ]


def coverage_spans_of(camera_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, list[Span]]:
    """The ledgers of many cameras by one query, each oldest first; a camera without any is left out."""
    found: dict[int, list[Span]] = {}
    rows = _within(start, end).filter(camera__in=list(camera_ids)).order_by("camera_id", "started_at")
    for camera_id, state, reason, begin, finish in rows.values_list(
        "camera_id", "state", "reason", "started_at", "ended_at"
    ):
        found.setdefault(camera_id, []).append(Span(state, reason, max(begin, start), min(finish, end)))
    return found


def coverage_of_spans(spans: Iterable[Span]) -> Coverage:
    minutes = dict.fromkeys([*CoverageState.values, "switched_off"], 0)
    for span in spans:
        minutes["switched_off" if span.is_off else span.state] += span.minutes
    return Coverage(**minutes)


def _within(start: datetime, end: datetime) -> QuerySet[CoverageSpan]:
    return CoverageSpan.objects.filter(started_at__lt=end, ended_at__gt=start)
