"""What a report says, before it becomes a file."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.periods import Bar, span_words


@dataclass(frozen=True, slots=True)
class Counts:
    """Events and what people said of them."""

    events: int = 0
    true: int = 0
    false: int = 0

    @property
    def unreviewed(self) -> int:
        return self.events - self.true - self.false

    @property
    def reviewed(self) -> int:
        return self.true + self.false

    @property
    def false_share(self) -> float | None:
        """Of the reviewed ones, from 0 to 1; None when nobody reviewed any."""
        return self.false / self.reviewed if self.reviewed else None


@dataclass(frozen=True, slots=True)
class SeverityCount:
    severity: str
    label: str
    events: int


@dataclass(frozen=True, slots=True)
class Group:
    """The events of one camera (``place`` is its site) or of one rule (``place`` is empty)."""

    name: str
    place: str
    counts: Counts


class EventRow(NamedTuple):
    id: uuid.UUID
    started_at: datetime
    ended_at: datetime | None
    site: str
    camera: str
    rule: str
    class_name: str
    confidence: float
    severity: str
    message: str
    verdict: str
    verdict_note: str


def _day(day: date) -> str:
    return date_format(day, _("j F Y"))


@dataclass(frozen=True, slots=True)
class Heading:
    """Who asked for what, in which zone, and when it was put together."""

    title: str
    requested_by: str
    scope: str
    period_start: datetime
    period_end: datetime
    zone: ZoneInfo
    built_at: datetime

    @property
    def zone_name(self) -> str:
        return self.zone.key

    @property
    def period(self) -> str:
        """In words: whole days by their dates, both included; else from time to time."""
        start, end = self.local(self.period_start), self.local(self.period_end)
        if start.time() == time.min and end.time() == time.min:
            last = end.date() - timedelta(days=1)
            return _day(start) if last == start.date() else span_words(_day(start), _day(last))
        return span_words(f"{_day(start)}, {start:%H:%M}", f"{_day(end)}, {end:%H:%M}")

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class ReportContent:
    heading: Heading
    total: Counts
    severities: list[SeverityCount]
    cameras: list[Group]
    rules: list[Group]
    hours: list[Bar]
    days: list[Bar]
    camera_ids: list[int]
    all_events: Callable[[], Iterator[EventRow]]
    """Every event in order of time, read from the database as it is walked: there may be very many."""
    gravest_events: Callable[[int], list[EventRow]]
    """At most so many events: the gravest, in order of time."""

    @property
    def busiest_hour(self) -> Bar | None:
        return max(self.hours, key=lambda bar: bar.events) if self.total.events else None

    @property
    def busiest_camera(self) -> Group | None:
        return self.cameras[0] if self.total.events else None

    @property
    def quiet_cameras(self) -> int:
        return sum(not group.counts.events for group in self.cameras)
