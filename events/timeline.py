"""A day or an hour of several cameras from left to right: what happened, and where nobody watched."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, DateTimeField, F, Func, Max, Min, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cameras.choices import CoverageState
from cameras.coverage import Span, coverage_spans_of
from cameras.models import Camera
from cameras.strip import span_words
from events.choices import Severity
from events.models import Event
from vms.templatetags.vms_pages import offset_words

DAY_SLOT, HOUR_SLOT = timedelta(minutes=10), timedelta(seconds=15)
HOUR = timedelta(hours=1)
WIDTH, HEIGHT = 1000.0, 40.0
FOOT = HEIGHT - 3
"""Below it stands whether the camera was watched."""
LEAST_WIDTH = 3.0
LEAST_HEIGHT = 12.0
BY_RANK = tuple(Severity)
FULL_AT = 50
"""So many events fill a slot to the top; fewer are told apart by their logarithm."""


@dataclass(frozen=True, slots=True)
class Period:
    """A day or an hour of the site's clock. Where clocks change, a day is 23 or 25 hours long."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    @property
    def is_day(self) -> bool:
        return self.end - self.start > HOUR

    @property
    def day(self) -> date:
        return self.start.astimezone(self.zone).date()

    @property
    def slot(self) -> timedelta:
        return DAY_SLOT if self.is_day else HOUR_SLOT

    @property
    def zone_words(self) -> str:
        """``Europe/Berlin, UTC+2``; ``Europe/Berlin, UTC+2, UTC+1`` where clocks change meanwhile; ``UTC``."""
        last = self.end - timedelta(microseconds=1)
        offsets = (offset_words(at.astimezone(self.zone)) for at in (self.start, last))
        return ", ".join(dict.fromkeys([self.zone.key, *offsets]))

    def x(self, at: datetime) -> float:
        return (at - self.start) / (self.end - self.start) * WIDTH


@dataclass(frozen=True, slots=True)
class Tick:
    """A full hour of a day, or five minutes of an hour."""

    x: float
    label: str
    words: str
    at: str


@dataclass(frozen=True, slots=True)
class Gap:
    x: float
    width: float
    kind: str
    words: str


class Mark(NamedTuple):
    """The events of one slot. ``event_id`` is of the first of them."""

    x: float
    width: float
    at: str
    top: float
    number: int
    severity: str
    words: str
    event_id: str

    @property
    def height(self) -> float:
        return HEIGHT - self.top


@dataclass(frozen=True, slots=True)
class Row:
    """``analysed``: where the camera was watched, as an SVG outline along the foot."""

    camera: Camera
    analysed: str
    gaps: list[Gap]
    marks: list[Mark]

    @property
    def total(self) -> int:
        return sum(mark.number for mark in self.marks)


def day_period(day: date, zone: ZoneInfo) -> Period:
    midnights = [datetime.combine(each, time.min, tzinfo=zone) for each in (day, day + timedelta(days=1))]
    start, end = (midnight.astimezone(UTC) for midnight in midnights)
    return Period(start, end, zone)


def hour_period(at: datetime, zone: ZoneInfo) -> Period:
    """The hour of the clock in which a moment lies; in autumn one hour comes twice, and each is its own."""
    local = at.astimezone(zone)
    start = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return Period(start, start + HOUR, zone)


def period_ticks(period: Period) -> list[Tick]:
    step = HOUR if period.is_day else timedelta(minutes=5)
    moments, at = [], period.start
    while at < period.end:
        moments.append(at)
        at += step
    return [_tick(period, moment) for moment in moments]


def timeline_rows(period: Period, cameras: Sequence[Camera], events: QuerySet[Event], now: datetime) -> list[Row]:
    """Two queries, whatever the number of cameras and events."""
    ids = [camera.id for camera in cameras]
    spans = coverage_spans_of(ids, period.start, min(period.end, now))
    marks: dict[int, list[Mark]] = {}
    told, place = cache(_told), cache(partial(_place, period))  # thousands of marks say few different things
    for camera_id, slot, number, rank, first, event_id in _counted(period, ids, events):
        offset, where = place(slot)
        words = f"{(first + offset).isoformat()[11:19]} · {told(number, rank)}"
        mark = Mark(*where, _top(number), number, BY_RANK[rank].value, words, event_id)
        marks.setdefault(camera_id, []).append(mark)
    return [_row(period, camera, spans.get(camera.id, []), marks.get(camera.id, [])) for camera in cameras]


def _counted(
    period: Period, camera_ids: list[int], events: QuerySet[Event]
) -> Iterable[tuple[int, datetime, int, int, datetime, str]]:
    slot = Func(
        Value(period.slot), F("started_at"), Value(period.start), function="date_bin", output_field=DateTimeField()
    )
    within = events.filter(camera__in=camera_ids, started_at__gte=period.start, started_at__lt=period.end)
    return (
        within.order_by()
        .annotate(slot=slot)
        .values_list("camera_id", "slot")
        .annotate(
            number=Count("*"), rank=Max("severity_rank"), first=Min("started_at"), one=Min(Cast("id", TextField()))
        )
        .order_by("camera_id", "slot")
    )


def _place(period: Period, slot: datetime) -> tuple[timedelta, tuple[float, float, str]]:
    """How far the clock is from UTC in a slot, for none is so long that it is set meanwhile; where it begins, how wide
    it is, and its address.
    """
    x, offset = period.x(slot), slot.astimezone(period.zone).utcoffset() or timedelta()
    return offset, (x, period.x(slot + period.slot) - x, _address(slot))


def _top(number: int) -> float:
    return (HEIGHT - LEAST_HEIGHT) * (1 - min(1.0, math.log(number) / math.log(FULL_AT)))


def _told(number: int, rank: int) -> str:
    events = ngettext("%(number)s event", "%(number)s events", number) % {"number": number}
    return f"{events} · {BY_RANK[rank].label}"


def _row(period: Period, camera: Camera, spans: list[Span], marks: list[Mark]) -> Row:
    watched = [span for span in spans if span.state == CoverageState.ANALYSED]
    places = [(period.x(span.started_at), period.x(span.ended_at)) for span in watched]
    analysed = "".join(f"M{x:.1f} {FOOT}H{end:.1f}V{HEIGHT}H{x:.1f}z" for x, end in places)
    return Row(camera, analysed, [_gap(period, span) for span in spans if span.state != CoverageState.ANALYSED], marks)


def _gap(period: Period, span: Span) -> Gap:
    x = period.x(span.started_at)
    width = min(max(period.x(span.ended_at) - x, LEAST_WIDTH), WIDTH - x)
    return Gap(x, width, "off" if span.is_off else span.state, span_words(span, period.zone))


def _tick(period: Period, at: datetime) -> Tick:
    local = at.astimezone(period.zone)
    words = _("Hour from %(time)s") % {"time": f"{local:%H:%M} {offset_words(local)}"}
    return Tick(period.x(at), f"{local:%H:%M}", words, _address(at))


def _address(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
