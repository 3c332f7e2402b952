"""Exports for scripts: asked for, followed until they are ready, fetched."""

from __future__ import annotations

import hashlib

import pytest
from guardian.shortcuts import remove_perm

from cameras.models import Camera
from events.exports.building import export_build
from events.models import Export
from tests.api.clients import client_of
from tests.pages.rows import camera_make, event_make, user_make
from vms.accounts.models import User

pytestmark = pytest.mark.django_db
EXPORTS = "/api/v1/exports"


@pytest.fixture
def gate() -> Camera:
    return camera_make("Main gate")


@pytest.fixture
def guard(gate: Camera) -> User:
    return user_make("guard", gate)


def asked(guard: User, gate: Camera) -> str:
    answer = client_of(guard).post(EXPORTS, {"events": [str(event_make(gate).id)]}, format="json")
    assert answer.status_code == 202
    return str(answer.json()["id"])


def test_a_script_asks_for_events_and_fetches_the_file_that_it_was_promised(guard: User, gate: Camera) -> None:
    key, client = asked(guard, gate), client_of(guard)
    waiting = client.get(f"{EXPORTS}/{key}").json()
    assert (waiting["state"], waiting["url"]) == ("queued", None)
    export_build(export_id=Export.objects.get().id)
    ready = client.get(f"{EXPORTS}/{key}").json()
    assert ready["state"] == "done"
    file = client.get(ready["url"])
    assert hashlib.sha256(b"".join(file.streaming_content)).hexdigest() == ready["sha256"]  # type: ignore[attr-defined]


def test_somebody_elses_event_is_as_unknown_as_none(guard: User) -> None:
    hidden = event_make(camera_make("Vault"))
    assert client_of(guard).post(EXPORTS, {"events": [str(hidden.id)]}, format="json").status_code == 404


def test_the_file_is_refused_once_a_camera_in_it_is_not_the_users_any_more(guard: User, gate: Camera) -> None:
    key = asked(guard, gate)
    export_build(export_id=Export.objects.get().id)
    remove_perm("view_camera", guard, gate)
    assert client_of(guard).get(f"{EXPORTS}/{key}/file").status_code == 403


def test_an_export_that_is_not_ready_has_no_file_and_one_that_has_not_failed_is_not_built_again(
    guard: User, gate: Camera
) -> None:
    key, client = asked(guard, gate), client_of(guard)
    assert client.get(f"{EXPORTS}/{key}/file").status_code == 404
    assert client.post(f"{EXPORTS}/{key}/retry").status_code == 409


def test_a_deleted_export_is_gone(guard: User, gate: Camera) -> None:
    key, client = asked(guard, gate), client_of(guard)
    assert client.delete(f"{EXPORTS}/{key}").status_code == 204
    assert client.get(f"{EXPORTS}/{key}").status_code == 404
