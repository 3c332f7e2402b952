"""Reports through the API."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from cameras.models import Camera, CameraUserPermission
from reports.choices import RunState
from reports.models import Run
from tests.alerts.scenes import grant, make_camera, make_event, make_user
from tests.reports.requests import ask, built
from vms.accounts.models import User

pytestmark = pytest.mark.django_db

REPORTS = "/api/v1/reports"
WISH = {
    "title": "July week",
    "period_start": "2026-07-13T00:00:00+02:00",
    "period_end": "2026-07-20T00:00:00+02:00",
    "formats": ["csv"],
}


@pytest.fixture
def camera() -> Camera:
    return make_camera()


@pytest.fixture
def user(camera: Camera) -> User:
    user = make_user()
    grant(user, camera)
    make_event(camera)
    return user


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def client(user: User) -> APIClient:
    return client_of(user)


def test_a_report_is_asked_for_followed_and_fetched(client: APIClient, camera: Camera) -> None:
    asked = client.post(REPORTS, {**WISH, "cameras": [camera.id], "site": camera.site_id}, format="json")
    assert (asked.status_code, asked.json()["state"], asked.json()["files"]) == (202, "queued", [])
    built(Run.objects.get())
    ready = client.get(f"{REPORTS}/{asked.json()['id']}").json()
    assert (ready["state"], ready["event_count"], ready["time_zone"]) == ("done", 1, "Europe/Berlin")
    (file,) = ready["files"]
    download = client.get(file["url"])
    assert download["Content-Disposition"] == 'attachment; filename="july-week-2026-07-13.csv"'
    assert b"Person in Yard" in b"".join(download)


def test_what_cannot_be_used_is_refused_field_by_field(client: APIClient) -> None:
    answer = client.post(REPORTS, {**WISH, "period_end": WISH["period_start"]}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["fields"] == {"period_end": ["The period must end after it starts."]}
    assert client.post(REPORTS, {**WISH, "formats": []}, format="json").status_code == 400
    assert client.post(REPORTS, {**WISH, "cameras": [make_camera("Hidden").id]}, format="json").status_code == 400


def test_another_persons_reports_are_not_there(client: APIClient, user: User) -> None:
    run = built(ask(user))
    other = client_of(make_user("other"))
    assert other.get(REPORTS).json()["results"] == []
    for answer in (
        other.get(f"{REPORTS}/{run.id}"),
        other.get(f"{REPORTS}/{run.id}/files/csv"),
        other.post(f"{REPORTS}/{run.id}/retry"),
        other.delete(f"{REPORTS}/{run.id}"),
    ):
        assert answer.status_code == 404
    assert client.get(f"{REPORTS}/{run.id}/files/csv").status_code == 200


def test_a_file_with_a_lost_camera_is_refused_with_a_way_out(client: APIClient, user: User) -> None:
    run = built(ask(user))
    CameraUserPermission.objects.all().delete()
    answer = client.get(f"{REPORTS}/{run.id}/files/csv")
    assert answer.status_code == 403
    assert "Ask for it anew" in answer.json()["message"]


def test_a_failed_report_is_tried_again_and_any_is_removed(client: APIClient, user: User) -> None:
    run = ask(user)
    assert client.post(f"{REPORTS}/{run.id}/retry").status_code == 409
    Run.objects.update(state=RunState.FAILED, next_attempt_at=None)
    assert client.post(f"{REPORTS}/{run.id}/retry").json()["state"] == "queued"
    assert client.delete(f"{REPORTS}/{run.id}").status_code == 204
    assert not Run.objects.exists()


def test_a_list_costs_the_same_however_long_it_is(
    client: APIClient, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        built(ask(user))
    with django_assert_max_num_queries(3):
        assert len(client.get(REPORTS).json()["results"]) == 6
