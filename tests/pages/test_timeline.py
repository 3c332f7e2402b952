"""The page of the timeline: what its address says, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from cameras.models import Camera, CoverageSpan
from tests.pages.reading import text_of
from tests.pages.rows import camera_make, event_make, user_make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 14, 10, 0, tzinfo=UTC)
DAY = "/events/timeline/?day=2026-07-14"


def test_one_event_leads_to_its_page_and_several_to_their_hour(client: Client, gate: Camera) -> None:
    alone = event_make(gate, started_at=NOON)
    for second in (0, 1):
        event_make(gate, started_at=NOON + timedelta(hours=2, seconds=second))
    page = text_of(client, DAY)
    assert f'href="/events/{alone.id}/?camera={gate.id}"' in page
    assert f'href="?hour=2026-07-14T12:00Z&amp;camera={gate.id}"' in page
    assert "3 events" in page and "Europe/Berlin, UTC+2" in page


def test_an_hour_shows_its_events_and_the_way_back_to_the_day(client: Client, gate: Camera) -> None:
    event = event_make(gate, started_at=NOON + timedelta(minutes=31))
    page = text_of(client, "/events/timeline/?hour=2026-07-14T10:00Z&severity=high")
    assert "12:00 – 13:00" in page and "12:31:00" in page  # noqa: RUF001  as it stands there
    assert f"/events/{event.id}/" in page
    assert 'href="?day=2026-07-14&amp;severity=high"' in page


def test_filters_narrow_the_marks_and_the_cameras(client: Client, gate: Camera) -> None:
    event_make(gate, started_at=NOON)
    assert "1 event " in text_of(client, f"{DAY}&severity=high")
    assert "0 events" in text_of(client, f"{DAY}&severity=low")
    assert "A filter is not right" in text_of(client, f"{DAY}&camera=9999")


def test_cameras_of_others_and_their_gaps_are_not_there(client: Client) -> None:
    vault = camera_make("Vault")
    event_make(vault, started_at=NOON)
    CoverageSpan.objects.create(camera=vault, state="blind", started_at=NOON, ended_at=NOON + timedelta(hours=1))
    page = text_of(client, DAY)
    assert "Vault" not in page and "0 events" in page


@pytest.mark.parametrize(
    "query", ["day=never", "day=0000-01-01", "day=0001-01-01", "day=9999-12-31", "hour=x", "hour=0001-01-01T00:00Z"]
)
def test_a_day_that_no_calendar_has_is_not_found(client: Client, query: str) -> None:
    assert client.get(f"/events/timeline/?{query}").status_code == 404


def test_without_a_camera_the_page_says_what_to_do() -> None:
    client = Client()
    client.force_login(user_make("nobody"))
    assert "An administrator has to grant you cameras" in text_of(client, "/events/timeline/")


def test_twenty_cameras_cost_no_more_queries_than_one(
    client: Client, gate: Camera, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    boss = Client()
    boss.force_login(user_make("boss", role="admin"))
    for number in range(30):
        event_make(camera_make(f"Camera {number}"), started_at=NOON)
    with django_assert_max_num_queries(18):
        page = text_of(boss, DAY)
    assert "1 to 20 of 31 cameras" in page
