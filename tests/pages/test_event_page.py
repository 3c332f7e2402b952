"""The page of one event: its moments, what happened meanwhile, its alerts, and the link to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from alerts.models import Alert
from alerts.services import alert_comment
from cameras.models import Camera, Recording, Zone
from events.explanation import clip_moments
from events.models import Clip, Event
from events.selectors import events_meanwhile
from events.views import zone_shapes
from tests.pages.reading import text_of
from tests.pages.rows import alert_make, camera_make, event_make, job_make, user_make
from vms.accounts.models import User

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 14, 10, 0, tzinfo=UTC)


def stay(camera: Camera, *, duration_ms: int) -> Event:
    """Entered 6 s before the event began, left 3 s after; the event is 5 s into its clip."""
    event = event_make(
        camera,
        job=job_make(camera, started_at=NOON - timedelta(seconds=10)),
        started_at=NOON,
        ended_at=NOON + timedelta(seconds=3),
        state="ended",
        evidence={"condition": "zone_presence", "zone": "Yard", "entered_ms": 7000, "dwell_seconds": 3.0},
    )
    Clip.objects.create(event=event, video_name="clips/a.mp4", moment_ms=5000, duration_ms=duration_ms)
    return event


def test_each_moment_is_told_with_its_place_in_the_clip(gate: Camera) -> None:
    moments = {moment.what.split()[0]: moment.at_ms for moment in clip_moments(stay(gate, duration_ms=20_000))}
    assert moments == {"Entered": 2000, "Had": 5000, "Left": 8000}


def test_a_moment_outside_of_the_clip_leads_nowhere(client: Client, gate: Camera) -> None:
    event = stay(gate, duration_ms=6_000)
    assert [moment.at_ms for moment in clip_moments(event)] == [2000, 5000, None]
    assert text_of(client, f"/events/{event.id}/").count("data-jump-ms=") == 2


def test_without_a_clip_there_is_no_place_to_go(gate: Camera) -> None:
    event = event_make(gate, evidence={"condition": "zone_presence", "zone": "Yard", "dwell_seconds": 3.0})
    assert {moment.at_ms for moment in clip_moments(event)} == {None}


def test_what_happened_meanwhile_is_of_other_cameras_of_the_user_within_two_minutes(guard: User, gate: Camera) -> None:
    yard = camera_make("Yard")
    seer = user_make("seer", gate, yard)
    event = event_make(gate, started_at=NOON)
    event_make(gate, started_at=NOON + timedelta(seconds=1))
    near = [event_make(yard, started_at=NOON + timedelta(seconds=each)) for each in (-119, 0, 30)]
    event_make(yard, started_at=NOON + timedelta(seconds=121))
    assert events_meanwhile(seer, event) == list(zip(near, (-119, 0, 30), strict=True))
    assert events_meanwhile(guard, event) == []


def test_the_page_tells_what_was_done_about_its_alerts(client: Client, guard: User, gate: Camera) -> None:
    alert = alert_make(event_make(gate))
    alert_comment(user=guard, alert_id=alert.id, note="Patrol is on the way")
    assert "Patrol is on the way" in text_of(client, f"/events/{alert.event_id}/")


def test_its_open_alerts_are_acknowledged_from_the_page(client: Client, gate: Camera) -> None:
    alert = alert_make(event_make(gate))
    path = f"/events/{alert.event_id}/"
    assert 'data-key="a"' in text_of(client, path)
    answer = client.post("/alerts/acknowledge", {"alert": [str(alert.id)], "next": path})
    assert answer["Location"] == path
    assert Alert.objects.get().state == "acknowledged"
    assert 'data-key="a"' not in text_of(client, path)


def test_a_link_to_a_place_in_the_clip_opens_for_who_may_see_it_and_for_nobody_else(
    client: Client, gate: Camera
) -> None:
    event = event_make(gate)
    assert f'data-copy-link="/events/{event.id}/"' in text_of(client, f"/events/{event.id}/?t=12.5")
    stranger = Client()
    stranger.force_login(user_make("stranger", camera_make("Own")))
    assert stranger.get(f"/events/{event.id}/?t=12.5").status_code == 404


def test_the_place_in_the_clip_is_no_filter_of_the_neighbours(client: Client, gate: Camera) -> None:
    older, event = event_make(gate, started_at=NOON), event_make(gate)
    assert f'data-key="j" href="/events/{older.id}/"' in text_of(client, f"/events/{event.id}/?t=12.5")


def test_the_player_gets_its_frame_rate_with_a_point_in_every_language(
    client: Client, guard: User, gate: Camera
) -> None:
    guard.language = "de"
    guard.save(update_fields=["language"])
    event = stay(gate, duration_ms=14_000)
    assert event.job is not None
    Recording.objects.filter(id=event.job.recording_id).update(facts={"fps": 12.5})
    assert 'data-fps="12.5"' in text_of(client, f"/events/{event.id}/")


def test_masks_lie_under_the_areas_that_are_drawn_over_the_clip(gate: Camera) -> None:
    corners = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]
    for name, kind in (("Road", "polygon"), ("Trees", "exclude"), ("Yard", "include")):
        Zone.objects.create(camera=gate, name=name, kind=kind, points=corners)
    of_now = event_make(gate)
    assert [shape["name"] for shape in zone_shapes(of_now)] == ["Do not look here", "Look only here", "Road"]
    job = job_make(gate, config={"masks": [{"kind": "exclude", "points": corners}], "zones": []})
    of_then = event_make(gate, "Then", job=job)
    assert zone_shapes(of_then) == [{"name": "Do not look here", "kind": "exclude", "points": corners}]


def test_scripts_are_told_what_classes_are_called_in_the_readers_language(
    client: Client, gate: Camera, guard: User
) -> None:
    event = event_make(gate)
    assert 'id="class-words" type="application/json">{}<' in text_of(client, f"/events/{event.id}/")
    guard.language = "de"
    guard.save()
    assert '"person": "Person"' in text_of(client, f"/events/{event.id}/")
