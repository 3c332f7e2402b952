"""Nodes and dead letters through the API."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from tests.api.clients import client_of
from tests.cameras.world import grant, make_camera, make_user
from tests.workers.leased import boot_id, make_node
from vms.accounts.choices import Role
from workers.models import DeadLetter, Stream
from workers.runtime.contract import Heartbeat, NodeLoad
from workers.services import coordination
from workers.services.nodes import node_heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> APIClient:
    return client_of(make_user("ada", role=Role.ADMIN))


def letter(**more: Any) -> DeadLetter:
    return DeadLetter.objects.create(**{"kind": "event.end", "reason": "Late.", "payload": {"a": 1}, **more})


def test_a_node_is_told_with_what_it_measured(admin: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coordination, "PREFIX", f"vms-coordination-{uuid.uuid4()}")
    node = make_node("north")
    load = NodeLoad(inferences_per_second=40.5, frames_asked_per_second=30, busy=0.5)
    node_heartbeat(node=node, heartbeat=Heartbeat(boot_id=boot_id(node), outbox_waiting=3, outbox_lost=1, load=load))
    found = admin.get(f"/api/v1/nodes/{node.id}").json()
    assert (found["name"], found["state"], found["frames_per_second"]) == ("north", "working", 40.5)
    assert (found["frames_asked_per_second"], found["busy"], found["outbox_lost"]) == (30, 0.5, 1)
    assert (found["gpu_share"], found["gpu_memory_share"], found["chunks"], found["streams"]) == (None, None, 0, 0)


def test_a_node_that_measured_nothing_says_so(admin: APIClient) -> None:
    node = make_node("north")
    found = admin.get(f"/api/v1/nodes/{node.id}").json()
    assert (found["busy"], found["frames_asked_per_second"], found["frames_per_second"]) == (None, None, 1)


def test_a_node_is_drained_and_let_work_again(admin: APIClient) -> None:
    node = make_node("north")
    assert admin.post(f"/api/v1/nodes/{node.id}/drain").json()["state"] == "draining"
    assert admin.post(f"/api/v1/nodes/{node.id}/undrain").json()["state"] == "working"


def test_a_letter_is_sent_again_once(admin: APIClient) -> None:
    stream = Stream.objects.create(camera=make_camera("Gate"), started_at=timezone.now(), state="quarantined")
    address = f"/api/v1/dead-letters/{letter(kind='stream', subject=str(stream.id)).id}"
    found = admin.post(f"{address}/replay").json()
    assert (found["state"], found["settled_by"], found["outcome"]) == (
        "replayed",
        "ada",
        "The camera is watched again.",
    )
    assert admin.post(f"{address}/replay").status_code == 409


def test_a_letter_that_fails_again_is_a_conflict_that_says_why(admin: APIClient) -> None:
    answer = admin.post(f"/api/v1/dead-letters/{letter().id}/replay")
    assert answer.status_code == 409
    assert "It failed again and is kept: " in answer.json()["message"]
    found = admin.get("/api/v1/dead-letters").json()["results"][0]
    assert (found["state"], found["tried_by"], found["settled_by"]) == ("kept", "ada", None)


def test_a_letter_is_discarded_with_a_reason(admin: APIClient) -> None:
    address = f"/api/v1/dead-letters/{letter().id}/discard"
    assert admin.post(address, {}, format="json").status_code == 400
    found = admin.post(address, {"reason": "Seen."}, format="json").json()
    assert (found["state"], found["outcome"]) == ("discarded", "Seen.")


def test_letters_are_filtered_by_kind_node_state_date_and_text(admin: APIClient) -> None:
    node = make_node("north")
    first = letter(node=node, reason="The lens is dirty.")
    second = letter(kind="job", state="discarded")
    for query, expected in {
        "kind=job": [second],
        f"node={node.id}": [first],
        "state=kept": [first],
        "search=LENS": [first],
        "kept_after=2001-01-01T00:00:00Z": [second, first],
        "kept_before=2001-01-01T00:00:00Z": [],
    }.items():
        rows = admin.get(f"/api/v1/dead-letters?{query}").json()["results"]
        assert [row["id"] for row in rows] == [one.id for one in expected], query


def test_a_supervisor_finds_letters_of_their_cameras_only() -> None:
    own, hidden = make_camera("Own"), make_camera("Hidden")
    sam = make_user("sam", role=Role.SUPERVISOR)
    grant(sam, own)
    mine = letter(camera=own)
    letter(camera=hidden)
    letter()
    assert [row["id"] for row in client_of(sam).get("/api/v1/dead-letters").json()["results"]] == [mine.id]


@pytest.mark.parametrize("route", ["nodes", "dead-letters"])
def test_a_page_takes_no_more_queries_for_more_rows(route: str, admin: APIClient) -> None:
    counts = []
    for number in range(1, 5):
        letter(node=make_node(f"n{number}"), camera=make_camera(f"Camera {number}"))
        with CaptureQueriesContext(connection) as queries:
            assert len(admin.get(f"/api/v1/{route}").json()["results"]) == number
        counts.append(len(queries))
    assert len(set(counts)) == 1
