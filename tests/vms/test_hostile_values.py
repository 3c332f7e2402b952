"""Values that Python or PostgreSQL cannot follow are the asker's fault: a refusal, never an error of ours."""

from __future__ import annotations

import base64
import json

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.pages.rows import camera_make, user_make
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = pytest.mark.django_db
KEY = "0b5c2f0e-0000-4000-8000-000000000000"
FAR_OFFSET = "2026-11-23T01:00:00%2B23:59"


@pytest.fixture
def guard() -> User:
    return user_make("guard", camera_make("Gate"))


@pytest.fixture
def pages(guard: User) -> Client:
    client = Client()
    client.force_login(guard)
    return client


@pytest.fixture
def api(guard: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(guard)
    return client


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "address",
    ["/events/?until=9999-12-31", "/events/?since=0001-01-01", f"/events/?after={FAR_OFFSET}~{KEY}"],
)
def test_an_event_list_of_impossible_times_is_empty(pages: Client, address: str) -> None:
    assert pages.get(address).status_code == 200


def test_a_page_before_the_first_moment_is_not_there(pages: Client) -> None:
    assert pages.get(f"/events/?after=0001-01-01T00:00:00%2B14:00~{KEY}").status_code == 404


@pytest.mark.parametrize("until", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026-11-23T01:00:00", "noon"])
def test_reading_until_no_moment_is_refused(pages: Client, until: str) -> None:
    assert pages.post("/events/read", {"until": until}).status_code == 422


def test_reading_until_a_moment_of_an_offset_that_postgresql_does_not_know_is_understood(pages: Client) -> None:
    assert pages.post("/events/read", {"until": "2026-11-23T01:00:00+23:59"}).status_code == 302


def test_a_report_up_to_the_last_day_of_time_is_refused(pages: Client) -> None:
    form = {"period": "days", "first": "9999-12-30", "last": "9999-12-31", "formats": "csv"}
    assert pages.post("/reports/", form).status_code == 422


@pytest.mark.parametrize("text", ['[Infinity, "1"]', "[" * 5000, json.dumps(["9999-12-31T23:59:59-14:00", KEY])])
def test_a_cursor_that_is_none_of_ours_is_refused(api: APIClient, text: str) -> None:
    paths = ("/api/v1/sites", "/api/v1/events")
    assert {api.get(path, {"after": cursor(text)}).status_code for path in paths} == {422}


@pytest.mark.parametrize("name", ["events?started_after", "events?started_before", "alerts?raised_after"])
def test_offsets_that_postgresql_does_not_know_are_understood(api: APIClient, name: str) -> None:
    assert api.get(f"/api/v1/{name}={FAR_OFFSET}").status_code == 200
    assert api.get(f"/api/v1/{name}=0001-01-01T00:00:00%2B14:00").status_code == 400


def test_json_nested_too_deeply_is_refused(api: APIClient) -> None:
    answer = api.post("/api/v1/alerts/acknowledge", "[" * 200_000, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_half_a_character_in_json_is_refused(api: APIClient) -> None:
    admin = user_make("boss", role=Role.ADMIN)
    api.force_authenticate(admin)
    body = '{"name": "Night", "channels": ["\\ud800"]}'
    answer = api.post("/api/v1/alert-policies/preview", body, content_type="application/json")
    assert (answer.status_code, "channels" in answer.json()["fields"]) == (400, True)
