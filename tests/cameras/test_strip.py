"""The strip of a camera's last 24 hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cameras.strip import WIDTH, strip_ticks

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("end", "wanted"),
    [
        (datetime(2026, 7, 2, 9, 30, tzinfo=BERLIN), ["12:00", "18:00", "00:00", "06:00"]),
        (datetime(2026, 3, 29, 9, 30, tzinfo=BERLIN), ["12:00", "18:00", "00:00", "06:00"]),
        (datetime(2026, 10, 25, 9, 30, tzinfo=BERLIN), ["12:00", "18:00", "00:00", "06:00"]),
    ],
    ids=["no clock change", "an hour is skipped", "an hour comes twice"],
)
def test_each_tick_stands_at_the_minute_at_which_the_clock_showed_its_hour(end: datetime, wanted: list[str]) -> None:
    start = end.astimezone(UTC) - timedelta(hours=24)
    ticks = strip_ticks(start, BERLIN)
    assert [tick.words for tick in ticks] == wanted
    for tick in ticks:
        moment = start + timedelta(minutes=round(tick.percent / 100 * WIDTH))
        assert f"{moment.astimezone(BERLIN):%H:%M}" == tick.words
