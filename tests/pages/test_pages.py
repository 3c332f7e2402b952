"""What the pages say and do without any script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cameras.models import Camera
from events.models import Event
from tests.pages.reading import text_of
from tests.pages.rows import alert_make, event_make, job_make, user_make
from vms.accounts.models import User
from workers.models import Job, WorkerNode

pytestmark = pytest.mark.django_db
PAGES = ["/", "/events/", "/alerts/", "/jobs/", "/cameras/", "/reports/", "/upload/", "/account/"]


def node_make(detector: str, *, silent_seconds: int = 0) -> WorkerNode:
    seen_at = timezone.now() - timedelta(seconds=silent_seconds)
    return WorkerNode.objects.create(name=f"{detector}-1", sealed_token="-", detector=detector, seen_at=seen_at)


def test_times_are_shown_in_the_sites_zone_with_their_offset(client: Client, gate: Camera) -> None:
    event = event_make(gate, started_at=datetime(2026, 1, 5, 23, 30, 5, tzinfo=UTC))
    page = text_of(client, f"/events/{event.id}/")
    assert "06 Jan 2026, 00:30:05" in page
    assert "UTC+1" in page


def test_times_are_shown_in_the_users_own_zone_where_one_is_set(client: Client, guard: User, gate: Camera) -> None:
    User.objects.filter(id=guard.id).update(time_zone="Asia/Kolkata")
    event = event_make(gate, started_at=datetime(2026, 1, 5, 23, 30, 5, tzinfo=UTC))
    page = text_of(client, f"/events/{event.id}/")
    assert "06 Jan 2026, 05:00:05" in page
    assert "UTC+5:30" in page


def test_a_running_motion_fallback_is_told_on_every_page(client: Client) -> None:
    node_make("motion")
    for path in ("/", "/events/", "/upload/", "/reports/"):
        assert "only motion is reported" in text_of(client, path)


def test_a_silent_worker_is_told_on_every_page(client: Client) -> None:
    node_make("openvino", silent_seconds=600)
    for path in ("/", "/events/", "/jobs/"):
        assert "No analysis worker is running" in text_of(client, path)


def test_no_warning_where_a_worker_with_a_model_runs(client: Client) -> None:
    node_make("openvino")
    page = text_of(client, "/")
    assert "No analysis worker" not in page
    assert "only motion" not in page


def test_text_from_outside_is_escaped(client: Client, gate: Camera) -> None:
    event_make(gate, "<script>alert(1)</script>")
    assert "<script>alert(1)" not in text_of(client, "/events/")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_an_inline_script_or_style(client: Client, gate: Camera, path: str) -> None:
    alert_make(event_make(gate))
    job_make(gate)
    page = text_of(client, path)
    assert " style=" not in page
    assert "<style" not in page
    assert "onclick" not in page
    assert page.count("<script") == page.count("<script src=") + page.count('<script type="module" src=')


def test_the_list_turns_its_pages_without_gap_or_repeat(client: Client, gate: Camera) -> None:
    same = timezone.now()
    events = [event_make(gate, f"Number {number:03}", started_at=same) for number in range(90)]
    shown: list[str] = []
    path = "/events/"
    while path:
        page = text_of(client, path)
        shown += [str(event.id) for event in events if f'id="event-{event.id}"' in page]
        following = page.partition('data-next><a class="btn" href="')[2].partition('"')[0]
        path = f"/events/{following}" if following else ""
    assert sorted(shown) == sorted(str(event.id) for event in events)


def test_an_unknown_page_of_the_list_is_not_found(client: Client) -> None:
    assert client.get("/events/?after=nonsense").status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("severity=high", {"fresh", "old"}),
        ("severity=low", {"faint"}),
        ("class_name=car", {"faint"}),
        ("period=24h", {"fresh", "faint"}),
        ("state=ended", {"old"}),
        ("verdict=false", {"old"}),
        ("since=2020-01-01&until=2020-01-01", {"old"}),
    ],
)
def test_each_filter_narrows_the_list(client: Client, gate: Camera, query: str, expected: set[str]) -> None:
    event_make(gate, "fresh")
    event_make(gate, "faint", severity="low", class_name="car")
    # 23:30 UTC on the 31st is the first of January on the site's clock.
    old = datetime(2019, 12, 31, 23, 30, tzinfo=UTC)
    event_make(gate, "old", started_at=old, ended_at=old, state="ended", verdict="false")
    page = text_of(client, f"/events/?{query}")
    assert {name for name in ("fresh", "faint", "old") if f">{name}<" in page} == expected


def test_live_rows_obey_the_pages_filters(client: Client, gate: Camera) -> None:
    high, low = event_make(gate), event_make(gate, severity="low")
    page = text_of(client, f"/events/arrivals?severity=low&id={high.id}&id={low.id}")
    assert f"event-{low.id}" in page
    assert f"event-{high.id}" not in page


def test_the_cost_of_the_event_list_does_not_grow_with_its_rows(client: Client, gate: Camera) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            text_of(client, "/events/")
        return len(captured)

    event_make(gate)
    few = queries()
    for _ in range(20):
        event_make(gate)
    assert queries() == few


def test_a_review_is_saved_and_shown(client: Client, gate: Camera) -> None:
    event = event_make(gate)
    answer = client.post(f"/events/{event.id}/review", {"verdict": "false", "note": "A cat"}, follow=True)
    event.refresh_from_db()
    assert (event.verdict, event.verdict_note) == ("false", "A cat")
    assert "Your review is saved." in answer.content.decode()


def test_a_note_is_kept_before_anybody_says_whether_it_was_true(client: Client, gate: Camera) -> None:
    event = event_make(gate)
    assert 'value="unreviewed">Only keep the note' in text_of(client, f"/events/{event.id}/")
    client.post(f"/events/{event.id}/review", {"verdict": "unreviewed", "note": "Who is that?"})
    event.refresh_from_db()
    assert (event.verdict, event.verdict_note, event.reviewed_by) == ("unreviewed", "Who is that?", None)


def test_who_may_only_view_gets_no_review_form(gate: Camera) -> None:
    client = Client()
    client.force_login(user_make("visitor", gate, permissions=("view_camera",)))
    event = event_make(gate)
    assert "not review them" in text_of(client, f"/events/{event.id}/")
    assert client.post(f"/events/{event.id}/review", {"verdict": "false"}).status_code == 403


def test_ticked_alerts_are_acknowledged_together(client: Client, gate: Camera) -> None:
    alerts = [alert_make(event_make(gate)) for _ in range(3)]
    client.post("/alerts/acknowledge", {"alert": [str(alert.id) for alert in alerts[:2]]})
    page = text_of(client, "/alerts/")
    assert [f'id="alert-{alert.id}"' in page for alert in alerts] == [False, False, True]


@pytest.mark.parametrize("way", ["https://evil.example/", "//evil.example", "no-page-of-ours"])
def test_acknowledging_goes_back_to_no_other_site(client: Client, gate: Camera, way: str) -> None:
    alert = alert_make(event_make(gate))
    answer = client.post("/alerts/acknowledge", {"alert": [str(alert.id)], "next": way})
    assert answer["Location"] == "/alerts/"


def test_evidence_is_told_in_words_and_wall_clock_time(client: Client, gate: Camera) -> None:
    started = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)
    job = job_make(gate, started_at=started)
    event = event_make(
        gate,
        job=job,
        started_at=started + timedelta(seconds=10),
        ended_at=started + timedelta(seconds=13),
        state="ended",
        evidence={"condition": "zone_presence", "zone": "Yard", "entered_ms": 4000, "dwell_seconds": 6.0},
    )
    page = text_of(client, f"/events/{event.id}/")
    assert "Entered “Yard”" in page
    assert "12:00:04" in page
    assert "after 9.0 s inside" in page


@pytest.mark.parametrize(
    ("minutes", "said"), [(1, "This page shows it when it arrives"), (20, "The clip has not come")]
)
def test_nobody_waits_for_a_clip_that_should_have_come_long_ago(
    client: Client, gate: Camera, minutes: int, said: str
) -> None:
    ended_at = timezone.now() - timedelta(minutes=minutes)
    event = event_make(gate, state="ended", started_at=ended_at, ended_at=ended_at)
    Event.objects.update(received_at=ended_at)
    assert said in client.get(f"/events/{event.id}/").content.decode()


def test_the_neighbours_of_an_event_obey_the_filters_it_was_opened_with(client: Client, gate: Camera) -> None:
    now = timezone.now()
    oldest = event_make(gate, started_at=now - timedelta(minutes=3))
    event_make(gate, started_at=now - timedelta(minutes=2), severity="low")
    newest = event_make(gate, started_at=now - timedelta(minutes=1))
    page = text_of(client, f"/events/{newest.id}/?severity=high")
    assert f'data-key="j" href="/events/{oldest.id}/?severity=high"' in page


def test_progress_stops_asking_once_the_job_has_ended(client: Client, gate: Camera) -> None:
    running, done = job_make(gate), job_make(gate, state="done")
    assert client.get(f"/jobs/{running.id}/progress").status_code == 200
    assert client.get(f"/jobs/{done.id}/progress").status_code == 286


def test_a_file_that_is_longer_than_it_says_is_never_less_than_done(client: Client, gate: Camera) -> None:
    job = job_make(gate, position_ms=65_000)
    Job.objects.filter(id=job.id).update(started_at=timezone.now() - timedelta(minutes=2))
    page = text_of(client, f"/jobs/{job.id}/progress")
    assert "100 %" in page and "1 min 05 s of 1 min 05 s" in page and "left" not in page


def test_a_wrong_password_is_told_in_words() -> None:
    answer = Client().post("/login/", {"username": "guard", "password": "wrong"})
    assert "User name or password is wrong" in answer.content.decode()


def test_the_account_page_saves_the_time_zone(client: Client, guard: User) -> None:
    client.post("/account/", {"first_name": "", "last_name": "", "email": "g@example.com", "time_zone": "Asia/Tokyo"})
    guard.refresh_from_db()
    assert guard.time_zone == "Asia/Tokyo"


def test_a_changed_password_keeps_this_session(client: Client, guard: User) -> None:
    new = {"old_password": "long-enough-1", "new_password1": "another-night-9", "new_password2": "another-night-9"}
    assert client.post("/account/password/", new).status_code == 302
    assert client.get("/").status_code == 200


def test_every_answer_carries_the_content_policy(client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert settings.X_FRAME_OPTIONS == "DENY"


@pytest.mark.parametrize("path", [*PAGES, "/jobs/missing/", "/api/v1/docs"])
def test_no_cache_keeps_a_page_so_that_back_after_logout_shows_none(client: Client, path: str) -> None:
    assert client.get(path)["Cache-Control"] == "private, no-store"


def test_a_refused_upload_says_why_and_stores_nothing(client: Client, gate: Camera) -> None:
    answer = client.post("/upload/", {"camera": gate.id})
    assert answer.status_code == 422
    assert "Choose a file to upload." in answer.content.decode()
    assert not Event.objects.exists()
