"""What is not the user's looks as if it did not exist, on every page."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from tests.pages.rows import alert_make, camera_make, event_make, job_make, user_make

pytestmark = pytest.mark.django_db
LISTS = ["/", "/events/", "/alerts/", "/jobs/", "/cameras/", "/reports/", "/upload/"]


@pytest.fixture
def stranger() -> Client:
    client = Client()
    client.force_login(user_make("stranger", camera_make("Own camera")))
    return client


@pytest.mark.parametrize("part", ["", "state", "clip", "snapshot", "boxes"])
def test_an_event_of_another_camera_is_not_found(stranger: Client, part: str) -> None:
    event = event_make(camera_make("Vault"))
    assert stranger.get(f"/events/{event.id}/{part}").status_code == 404


@pytest.mark.parametrize("part", ["", "progress"])
def test_a_job_of_another_camera_is_not_found(stranger: Client, part: str) -> None:
    job = job_make(camera_make("Vault"))
    assert stranger.get(f"/jobs/{job.id}/{part}").status_code == 404


@pytest.mark.parametrize("deed", ["cancel", "retry"])
def test_a_job_of_another_camera_cannot_be_changed(stranger: Client, deed: str) -> None:
    job = job_make(camera_make("Vault"))
    assert stranger.post(f"/jobs/{job.id}/{deed}").status_code == 404
    job.refresh_from_db()
    assert job.state == "running"


def test_another_camera_is_not_found(stranger: Client) -> None:
    assert stranger.get(f"/cameras/{camera_make('Vault').id}/").status_code == 404


def test_an_event_of_another_camera_cannot_be_reviewed(stranger: Client) -> None:
    event = event_make(camera_make("Vault"))
    assert stranger.post(f"/events/{event.id}/review", {"verdict": "false"}).status_code == 404
    event.refresh_from_db()
    assert event.verdict == "unreviewed"


def test_alerts_of_another_camera_cannot_be_acknowledged(stranger: Client) -> None:
    alert = alert_make(event_make(camera_make("Vault")))
    assert stranger.post("/alerts/acknowledge", {"alert": [str(alert.id)]}).status_code == 404
    alert.refresh_from_db()
    assert alert.state == "open"


@pytest.mark.parametrize("path", LISTS)
def test_no_list_names_what_belongs_to_another_camera(stranger: Client, path: str) -> None:
    vault = camera_make("Vault", site="Secret site")
    alert_make(event_make(vault, "Person in the vault"))
    job_make(vault)
    text = stranger.get(path).content.decode()
    assert "vault" not in text.lower()
    assert "Secret site" not in text
    assert "gate.mp4" not in text


def test_a_filter_by_another_camera_is_refused_and_shows_nothing(stranger: Client) -> None:
    vault = camera_make("Vault")
    answer = stranger.get(f"/events/?camera={vault.id}")
    assert "A filter is not right" in answer.content.decode()


def test_live_rows_of_another_camera_are_left_out(stranger: Client) -> None:
    event = event_make(camera_make("Vault"))
    assert stranger.get(f"/events/arrivals?id={event.id}").content.strip() == b""


@pytest.mark.parametrize("path", [*LISTS, "/health/", "/account/"])
def test_pages_send_visitors_to_the_login(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=")


def test_the_media_of_an_event_is_not_for_visitors() -> None:
    assert Client().get(f"/events/{uuid.uuid4()}/clip").status_code == 302
