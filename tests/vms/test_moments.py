"""Moments are read from whatever people and programs write."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from vms.moments import moment_read

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-28T12:00:00Z", "2026-11-28T12:00:00+00:00"),
        ("2026-11-28T12:00:00+23:59", "2026-11-27T12:01:00+00:00"),
        ("2026-07-01T12:00", "2026-07-01T10:00:00+00:00"),
        ("2026-07-01", "2026-06-30T22:00:00+00:00"),
    ],
)
def test_a_moment_is_told_in_utc_and_stands_in_its_own_zone_or_else_in_the_places(text: str, moment: str) -> None:
    read = moment_read(text, BERLIN)
    assert read is not None and read.isoformat() == moment


@pytest.mark.parametrize("text", [None, 7, "", "noon", "2026-11-28T12:00", "2026-13-01T00:00Z", "\x00"])
def test_what_names_no_one_moment_is_none(text: object) -> None:
    assert moment_read(text) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00Z", "0001-01-01T00:00+14:00", "9999-12-31T00:00Z"])
def test_from_a_moment_at_the_ends_of_the_calendar_nothing_can_be_reckoned(text: str) -> None:
    assert moment_read(text) is None
