"""What templates say hundreds of times on a page is written by our own code, as Django would write it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import dateformat, translation

from vms.templatetags.vms_pages import STYLES, clock_words, icon, moment, url_of

SPRING = datetime(2026, 3, 9, 4, 5, 6, 789_000, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("style", STYLES)
def test_a_moment_is_told_as_django_formats_it_in_every_language_and_month(language: str, style: str) -> None:
    months = [SPRING.replace(month=month) for month in range(1, 13)]
    with translation.override(language):
        expected = [dateformat.format(local, str(STYLES[style])) for local in months]
        assert [clock_words(local, style) for local in months] == expected


def test_a_moment_stands_on_the_readers_clock_with_its_offset_and_in_utc() -> None:
    user = type("User", (), {"time_zone": "Europe/Berlin"})()
    assert moment({"user": user}, SPRING) == (
        '<time datetime="2026-03-09T04:05:06.789+00:00" title="2026-03-09 04:05:06 UTC">'
        '09 Mar 2026, 05:05:06 <span class="offset">UTC+1</span></time>'
    )
    assert moment({}, SPRING.astimezone(ZoneInfo("Asia/Tokyo"))).startswith('<time datetime="2026-03-09T04:05:06.789')


@pytest.mark.parametrize(
    ("name", "key"), [("event_detail", uuid.uuid4()), ("event_snapshot", uuid.UUID(int=0)), ("camera_detail", 300)]
)
def test_the_address_of_one_id_is_that_of_the_url_tag(name: str, key: int | uuid.UUID) -> None:
    assert url_of(name, key) == reverse(name, args=[key])


def test_only_an_id_becomes_part_of_an_address() -> None:
    with pytest.raises(KeyError):
        url_of("camera_detail", '1" onclick="')  # type: ignore[arg-type]


def test_a_label_of_a_picture_is_escaped_and_in_the_readers_language() -> None:
    assert 'aria-label="&lt;b&gt;"' in icon("bell", "<b>")
    label = translation.gettext_lazy("Alerts")
    with translation.override("en"):
        assert 'aria-label="Alerts"' in icon("bell", label)
    with translation.override("de"):
        assert 'aria-label="Alarme"' in icon("bell", label)
