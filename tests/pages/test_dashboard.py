"""The first page: numbers of what the user may see, each leading to its list, at a bounded number of queries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cameras.models import Camera, CameraHealth
from tests.cameras.live import make_live_camera
from tests.cameras.world import grant, make_user
from tests.pages.rows import alert_make, camera_make, event_make, job_make
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.dashboard import bar_paths, hour_bars
from workers.models import DeadLetter

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> Camera:
    camera = make_live_camera("Gate")
    now = timezone.now()
    CameraHealth.objects.create(
        camera=camera, state="online", since=now, reported_at=now, frame_at=now - timedelta(seconds=0.4)
    )
    return camera


def page_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def guard_of(*cameras: Camera, role: Role = Role.VIEWER) -> User:
    user = make_user("olga", role=role)
    for camera in cameras:
        grant(user, camera)
    return user


def test_events_are_counted_by_severity_rule_and_camera_with_a_link_to_each_list(gate: Camera) -> None:
    for severity in ("high", "high", "low"):
        event = event_make(gate, severity=severity)
    event_make(gate, started_at=timezone.now() - timedelta(days=2))
    text = page_of(guard_of(gate))
    assert 'href="/events/?period=24h">3</a>' in text
    assert '/events/?period=24h&amp;severity=high"' in text
    assert f'/events/?period=24h&amp;rule={event.rule_id}"' in text
    assert f'/events/?period=24h&amp;camera={gate.id}"' in text


def test_what_is_not_the_users_is_in_no_number(gate: Camera) -> None:
    hidden = camera_make("Hidden")
    alert_make(event_make(hidden, "Secret"))
    CameraHealth.objects.create(camera=hidden, state="offline", since=timezone.now())
    text = page_of(guard_of(gate))
    assert "Hidden" not in text and "Secret" not in text
    assert 'href="/alerts/">0</a>' in text and 'href="/events/?period=24h">0</a>' in text


def test_a_camera_that_went_blind_and_an_alert_need_attention(gate: Camera) -> None:
    CameraHealth.objects.filter(camera=gate).update(state="offline", reason="It does not answer")
    alert_make(event_make(gate, "Person in the yard"))
    text = page_of(guard_of(gate))
    assert "Gate: offline" in text and "It does not answer" in text and "Person in the yard" in text
    assert 'href="/cameras/?state=offline"' in text


def test_the_delay_is_that_of_the_pictures_of_cameras_that_are_online(gate: Camera) -> None:
    assert "0.4 s" in page_of(guard_of(gate))


def test_workers_storage_and_dead_letters_are_told_to_supervisors_alone(gate: Camera) -> None:
    DeadLetter.objects.create(kind="event.end", reason="Late.", payload={}, camera=gate)
    assert "1 dead letter to decide on" in page_of(guard_of(gate, role=Role.SUPERVISOR))
    text = page_of(make_user("vera"))
    assert "dead letter" not in text and "Storage" not in text and "/fleet/" not in text


def test_where_nothing_is_there_the_page_says_so_in_words() -> None:
    text = page_of(make_user("olga"))
    assert "An administrator has to grant you cameras first." in text
    assert "No event in the last 24 hours." in text


def test_a_full_page_costs_at_most_25_queries(gate: Camera) -> None:
    user = guard_of(gate, role=Role.ADMIN)
    for number in range(3):
        camera = make_live_camera(f"Quay {number}")
        CameraHealth.objects.create(camera=camera, state="frozen", since=timezone.now())
        alert_make(event_make(camera))
        job_make(camera)
    client = Client()
    client.force_login(user)
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert len(queries) <= 25


def test_each_hour_is_a_column_also_where_the_clock_is_put_back() -> None:
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    counts = {(start + timedelta(hours=hour), "high"): hour for hour in (2, 3)}
    bars = hour_bars(counts, start, ZoneInfo("Europe/Berlin"))
    assert [bar.label for bar in bars[:5]] == ["00", "01", "02", "02", "03"]
    assert [bar.number for bar in bars[:5]] == [0, 0, 2, 3, 0]
    assert len(bars) == 24


def test_a_column_is_as_high_as_its_number_and_shows_the_gravest_at_its_foot() -> None:
    start = datetime(2026, 8, 1, tzinfo=UTC)
    bars = hour_bars(
        {(start, "critical"): 1, (start, "low"): 3, (start + timedelta(hours=1), "low"): 2}, start, ZoneInfo("UTC")
    )
    assert bar_paths(bars) == {
        "critical": "M0.12 75.00h.76v25.00h-.76z",
        "low": "M0.12 0.00h.76v75.00h-.76zM1.12 50.00h.76v50.00h-.76z",
    }
