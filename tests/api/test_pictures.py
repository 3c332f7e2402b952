"""Fetching an event's files, whole and in ranges."""

from __future__ import annotations

import pytest
from django.http.response import HttpResponseBase

from events.models import Event
from tests.api.clients import client_of, make_event, make_rule
from tests.cameras.world import grant, make_camera, make_user
from vms.accounts.models import User

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 4


@pytest.fixture
def event() -> Event:
    camera = make_camera("Gate")
    grant(make_user("olga"), camera)
    return make_event(camera, make_rule(camera), with_files=True)


def fetch(event: Event, what: str = "clip", **headers: str) -> HttpResponseBase:
    client = client_of(User.objects.get(username="olga"))
    return client.get(f"/api/v1/events/{event.id}/{what}", headers=headers)


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response)


def test_without_a_range_the_whole_file_comes(event: Event) -> None:
    response = fetch(event)
    assert response.status_code == 200
    assert (response["Content-Length"], response["Accept-Ranges"]) == ("1024", "bytes")
    assert body(response) == CONTENT


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=100-199", 100, 199), ("bytes=1000-", 1000, 1023), ("bytes=-24", 1000, 1023),
     ("bytes=0-99999", 0, 1023), ("bytes=-99999", 0, 1023)],
)  # fmt: skip
def test_a_range_is_answered_with_just_that(event: Event, wanted: str, first: int, last: int) -> None:
    response = fetch(event, Range=wanted)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/1024"
    assert body(response) == CONTENT[first : last + 1]
    assert response["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize("wanted", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(event: Event, wanted: str) -> None:
    response = fetch(event, Range=wanted)
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */1024")


@pytest.mark.parametrize("wanted", ["bytes=5-2", "bytes=0-1,5-6", "items=0-1", "bytes=-", "nonsense"])
def test_what_is_no_single_range_gets_the_whole_file(event: Event, wanted: str) -> None:
    assert fetch(event, Range=wanted).status_code == 200


def test_a_range_of_an_older_file_gets_the_whole_new_one(event: Event) -> None:
    assert fetch(event, Range="bytes=0-0", **{"If-Range": '"older"'}).status_code == 200
    tag = fetch(event)["ETag"]
    assert fetch(event, Range="bytes=0-0", **{"If-Range": tag}).status_code == 206


@pytest.mark.parametrize(("what", "kind"), [("snapshot", "image/jpeg"), ("boxes", "application/json")])
def test_the_other_files_have_their_types(event: Event, what: str, kind: str) -> None:
    response = fetch(event, what)
    assert (response.status_code, response["Content-Type"]) == (200, kind)


def test_an_event_without_a_clip_says_so() -> None:
    camera = make_camera("Gate")
    grant(make_user("olga"), camera)
    response = fetch(make_event(camera, make_rule(camera)))
    assert response.status_code == 404


def test_a_browser_asks_anew_each_time_and_is_told_when_nothing_has_changed(event: Event) -> None:
    first = fetch(event)
    assert first["Cache-Control"] == "private, no-cache"
    again = fetch(event, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, body(again), again["ETag"]) == (304, b"", first["ETag"])
