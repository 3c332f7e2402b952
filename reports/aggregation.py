"""Counting a period's events in the database, over what the asking user may see at this moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import ExtractHour, TruncDate
from django.utils import timezone
from django.utils.translation import ngettext

from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from events.choices import Severity, Verdict
from events.models import Event
from events.selectors import events_visible_to
from reports.content import Counts, EventRow, Group, Heading, ReportContent, SeverityCount
from reports.models import Run
from reports.periods import day_bars, days_of, hour_bars

ROWS_AT_ONCE = 2_000
COUNTS = {
    "events": Count("id"),
    "true": Count("id", filter=Q(verdict=Verdict.TRUE)),
    "false": Count("id", filter=Q(verdict=Verdict.FALSE)),
}


def report_content(run: Run) -> ReportContent:
    """Six queries, whatever the number of events; the events themselves are read by whoever walks them."""
    built_at = timezone.now()
    cameras = list(run_cameras(run).order_by("site__name", "name", "id"))
    events = _events(run, built_at)
    zone = run.zone
    return ReportContent(
        heading=_heading(run, cameras, built_at),
        total=Counts(**events.aggregate(**COUNTS)),
        severities=_severities(events),
        cameras=_by_camera(events, cameras),
        rules=_by_rule(events),
        hours=hour_bars(_by_hour(events, zone)),
        days=day_bars(days_of(run.period_start, run.period_end, zone), _by_day(events, zone)),
        camera_ids=[camera.id for camera in cameras],
        all_events=lambda: _all_events(events),
        gravest_events=lambda limit: _gravest_events(events, limit),
    )


def run_cameras(run: Run) -> QuerySet[Camera]:
    """What the report covers: the chosen cameras that the user may see now, or all of them."""
    cameras = cameras_visible_to(run.requested_by)
    if run.site_id:
        cameras = cameras.filter(site=run.site_id)
    if run.cameras.exists():
        cameras = cameras.filter(id__in=run.cameras.values("id"))
    return cameras


def _events(run: Run, built_at: datetime) -> QuerySet[Event]:
    """What comes in while the report is built is left out, so that its numbers agree with each other."""
    return events_visible_to(run.requested_by).filter(
        camera__in=run_cameras(run),
        started_at__gte=run.period_start,
        started_at__lt=run.period_end,
        received_at__lte=built_at,
    )


def _heading(run: Run, cameras: list[Camera], built_at: datetime) -> Heading:
    return Heading(
        title=run.title,
        requested_by=run.requested_by.get_full_name() or run.requested_by.get_username(),
        scope=_scope(run, cameras),
        period_start=run.period_start,
        period_end=run.period_end,
        zone=run.zone,
        built_at=built_at,
    )


def _scope(run: Run, cameras: list[Camera]) -> str:
    if len(cameras) == 1:
        return f"{cameras[0].name}, {cameras[0].site.name}"
    number = len(cameras)
    if run.site is None:
        return ngettext("%(number)s camera", "%(number)s cameras", number) % {"number": number}
    words = ngettext("%(number)s camera at %(site)s", "%(number)s cameras at %(site)s", number)
    return words % {"number": number, "site": run.site.name}


def _severities(events: QuerySet[Event]) -> list[SeverityCount]:
    counts: dict[str, int] = dict(events.order_by().values_list("severity").annotate(events=Count("id")))
    return [SeverityCount(value, str(label), counts.get(value, 0)) for value, label in reversed(Severity.choices)]


def _by_camera(events: QuerySet[Event], cameras: list[Camera]) -> list[Group]:
    """Also the cameras where nothing happened: that is worth knowing."""
    counted = _counted(events, "camera_id")
    groups = [Group(camera.name, camera.site.name, counted.get((camera.id,), Counts())) for camera in cameras]
    return sorted(groups, key=lambda group: -group.counts.events)


def _by_rule(events: QuerySet[Event]) -> list[Group]:
    groups = [Group(str(name), "", counts) for (_, name), counts in _counted(events, "rule_id", "rule__name").items()]
    return sorted(groups, key=lambda group: (-group.counts.events, group.name))


def _counted(events: QuerySet[Event], *fields: str) -> dict[tuple[object, ...], Counts]:
    rows = events.order_by().values_list(*fields).annotate(**COUNTS)
    return {tuple(row[: len(fields)]): Counts(*row[len(fields) :]) for row in rows}


def _by_hour(events: QuerySet[Event], zone: ZoneInfo) -> dict[int, int]:
    """The hour that comes twice in autumn counts both times."""
    buckets = events.order_by().annotate(hour=ExtractHour("started_at", tzinfo=zone))
    return dict(buckets.values_list("hour").annotate(number=Count("id")))


def _by_day(events: QuerySet[Event], zone: ZoneInfo) -> dict[date, int]:
    buckets = events.order_by().annotate(day=TruncDate("started_at", tzinfo=zone))
    return dict(buckets.values_list("day").annotate(number=Count("id")))


def _rows(events: QuerySet[Event]) -> QuerySet[Event, tuple[object, ...]]:
    return events.annotate(site=F("camera__site__name")).values_list(
        *("id", "started_at", "ended_at", "site", "camera__name", "rule__name", "class_name"),
        *("confidence", "severity", "message", "verdict", "verdict_note"),
    )


def _all_events(events: QuerySet[Event]) -> Iterator[EventRow]:
    rows = _rows(events).order_by("started_at", "id")
    return (EventRow._make(row) for row in rows.iterator(chunk_size=ROWS_AT_ONCE))


def _gravest_events(events: QuerySet[Event], limit: int) -> list[EventRow]:
    rows = _rows(events).order_by("-severity_rank", "-started_at", "-id")[:limit]
    return sorted((EventRow._make(row) for row in rows), key=lambda row: (row.started_at, row.id))
