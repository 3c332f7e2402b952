"""A day of the site's clock from left to right, also on the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cameras.models import Camera, CoverageSpan
from events.models import Event
from events.timeline import HOUR, WIDTH, day_period, hour_period, period_ticks, timeline_rows
from tests.pages.rows import camera_make, event_make

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 7, 14)
NOON = datetime(2026, 7, 14, 10, 0, tzinfo=UTC)
LATER = datetime(2026, 7, 20, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 14), 24)])
def test_a_day_has_as_many_hours_as_the_clock_gives_it(day: date, hours: int) -> None:
    period = day_period(day, BERLIN)
    assert (period.end - period.start) / timedelta(hours=1) == hours == len(period_ticks(period))


def test_the_hour_that_comes_twice_stands_there_twice_and_each_leads_to_its_own() -> None:
    ticks = [tick for tick in period_ticks(day_period(date(2026, 10, 25), BERLIN)) if tick.label == "02:00"]
    assert [tick.at for tick in ticks] == ["2026-10-25T00:00Z", "2026-10-25T01:00Z"]
    assert "UTC+2" in ticks[0].words and "UTC+1" in ticks[1].words
    assert day_period(date(2026, 10, 25), BERLIN).zone_words == "Europe/Berlin, UTC+2, UTC+1"


def test_a_site_on_utc_says_so_once() -> None:
    assert day_period(date(2026, 10, 25), ZoneInfo("UTC")).zone_words == "UTC"


def test_the_hour_that_spring_leaves_out_is_no_hour_of_the_day() -> None:
    labels = [tick.label for tick in period_ticks(day_period(date(2026, 3, 29), BERLIN))]
    assert labels[1:4] == ["01:00", "03:00", "04:00"]


def test_an_hour_begins_on_the_sites_clock_also_where_that_is_half_an_hour_off() -> None:
    period = hour_period(datetime(2026, 7, 14, 10, 45, tzinfo=UTC), ZoneInfo("Asia/Kolkata"))
    assert period.start == datetime(2026, 7, 14, 10, 30, tzinfo=UTC)


@pytest.fixture
def gate() -> Camera:
    return camera_make("Gate", time_zone="Europe/Berlin")


@pytest.mark.django_db
def test_events_of_ten_minutes_of_a_day_are_one_mark_of_the_gravest(gate: Camera) -> None:
    first = event_make(gate, started_at=NOON, severity="low")
    event_make(gate, started_at=NOON + timedelta(minutes=9), severity="critical")
    alone = event_make(gate, started_at=NOON + timedelta(minutes=10), severity="medium")
    (row,) = timeline_rows(day_period(DAY, BERLIN), [gate], Event.objects.all(), LATER)
    together, other = row.marks
    assert (together.number, together.severity, other.number, other.event_id) == (2, "critical", 1, str(alone.id))
    assert together.x == pytest.approx(WIDTH / 2)
    assert together.words.startswith("12:00:00 · 2 events")
    assert together.height > other.height
    assert row.total == 3
    assert first.id


@pytest.mark.django_db
def test_what_lies_outside_the_day_or_on_other_cameras_is_not_there(gate: Camera) -> None:
    period = day_period(DAY, BERLIN)
    for at in (period.start - timedelta(seconds=1), period.end):
        event_make(gate, started_at=at)
    event_make(camera_make("Vault"), started_at=NOON)
    assert timeline_rows(period, [gate], Event.objects.all(), LATER)[0].marks == []


@pytest.mark.django_db
def test_a_gap_is_drawn_where_it_was_with_its_reason(gate: Camera) -> None:
    start, end = NOON + timedelta(hours=6), NOON + timedelta(hours=7)
    CoverageSpan.objects.create(camera=gate, state="analysed", started_at=NOON, ended_at=start)
    CoverageSpan.objects.create(
        camera=gate,
        state="blind",
        reason="It ended the connection",
        started_at=start,
        ended_at=end,
    )
    (row,) = timeline_rows(day_period(DAY, BERLIN), [gate], Event.objects.all(), LATER)
    (blind,) = row.gaps
    assert blind.kind == "blind"
    assert row.analysed == "M500.0 37.0H750.0V40.0H500.0z"
    assert [blind.x, blind.width] == pytest.approx([WIDTH * 18 / 24, WIDTH / 24])
    assert blind.words == "Blind 18:00 to 19:00 (1 h 00 min): It ended the connection"


@pytest.mark.django_db
def test_a_gap_of_a_minute_can_still_be_seen(gate: Camera) -> None:
    CoverageSpan.objects.create(
        camera=gate, state="blind", started_at=NOON, ended_at=NOON + timedelta(minutes=1), reason="It is gone"
    )
    (row,) = timeline_rows(day_period(DAY, BERLIN), [gate], Event.objects.all(), LATER)
    assert row.gaps[0].width == 3


@pytest.mark.django_db
def test_a_mark_tells_the_clock_as_it_went_at_its_moment(gate: Camera) -> None:
    for hour in (0, 1, 2):
        event_make(gate, started_at=datetime(2026, 10, 25, hour, 30, 15, tzinfo=UTC))
    (row,) = timeline_rows(day_period(date(2026, 10, 25), BERLIN), [gate], Event.objects.all(), LATER + 200 * HOUR * 24)
    assert [mark.words[:8] for mark in row.marks] == ["02:30:15", "02:30:15", "03:30:15"]
