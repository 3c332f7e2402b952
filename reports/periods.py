"""Days and hours as a time zone counts them, on days of 23 and 25 hours too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

DAYS_SHOWN_SINGLY = 45
WEEK = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: what stands below it, what it is called in full, and its number of events."""

    label: str
    name: str
    events: int


def day_start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def period_of_days(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first day's midnight to the midnight after the last day, as the zone counts them."""
    return day_start(first, zone), day_start(last + timedelta(days=1), zone)


def days_of(start: datetime, end: datetime, zone: ZoneInfo) -> list[date]:
    """Every local day that the half-open period touches."""
    first = start.astimezone(zone).date()
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def hour_bars(counts: Mapping[int, int]) -> list[Bar]:
    return [Bar(f"{hour:02}", span_words(f"{hour:02}:00", f"{hour:02}:59"), counts.get(hour, 0)) for hour in range(24)]


def day_bars(days: list[date], counts: Mapping[date, int]) -> list[Bar]:
    """A bar for each day; for each seven days when there would be too many to read."""
    if len(days) <= DAYS_SHOWN_SINGLY:
        return [Bar(_short(day), date_format(day, _("l j F Y")), counts.get(day, 0)) for day in days]
    weeks = [days[index : index + WEEK] for index in range(0, len(days), WEEK)]
    return [
        Bar(
            _short(week[0]),
            span_words(*(date_format(day, _("j F Y")) for day in (week[0], week[-1]))),
            sum(counts.get(day, 0) for day in week),
        )
        for week in weeks
    ]


def span_words(first: str, last: str) -> str:
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def _short(day: date) -> str:
    return date_format(day, _("j M"))
