"""Batches of events: a near constant number of queries, exactly once, and one bad event harms no other."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from prometheus_client import REGISTRY

from alerts.choices import Channel
from alerts.models import Alert, AlertEvent, AlertPolicy
from events.choices import EventState
from events.models import Event
from tests.workers.fleet import (
    end_of,
    lease_at,
    make_live_camera,
    shift_stream,
    start_of,
    stream_of,
    taken_over,
    watched,
)
from tests.workers.leased import claim, make_node, make_queued_job
from tests.workers.leased import start_of as start_in_recording
from workers.api.internal import batches
from workers.api.internal.batches import events_take_in
from workers.models import DeadLetter, WorkerNode
from workers.runtime.contract import EventEnd, EventSubmission, StreamWork

pytestmark = pytest.mark.django_db
LATER_MS = 60_000
"""Well after the lease began: nobody else can have found it."""


@pytest.fixture
def node() -> WorkerNode:
    return make_node()


@pytest.fixture
def works(node: WorkerNode) -> list[StreamWork]:
    """Five cameras that the node has watched for two minutes."""
    AlertPolicy.objects.create(name="All", channels=[Channel.IN_APP], group_minutes=30)
    made = [make_live_camera(f"Gate {number}") for number in range(5)]
    found = [watched(node, camera) for camera in made]
    for camera, work in zip(made, found, strict=True):
        shift_stream(stream_of(camera), 120)
        lease_at(work, 0)
    return found


def starts(works: list[StreamWork], count: int, first: int = 0) -> list[EventSubmission]:
    return [
        start_of(works[number % len(works)], start_ms=LATER_MS + number, track_id=number + 1)
        for number in range(first, first + count)
    ]


def answers(node: WorkerNode, messages: list[Any]) -> list[int]:
    items = [message if isinstance(message, dict) else json.loads(message.model_dump_json()) for message in messages]
    answer = events_take_in(node, json.dumps({"events": items}).encode())
    assert [str(receipt.event_id) for receipt in answer.receipts] == [item["event_id"] for item in items]
    return [receipt.status for receipt in answer.receipts]


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("vms_node_events_total", {"outcome": outcome}) or 0


def queries(node: WorkerNode, messages: list[Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert set(answers(node, messages)) == {201}
    return len(caught)


def ends(started: list[EventSubmission]) -> list[EventEnd]:
    return [end_of(start, start.start_ms + 5_000) for start in started]


def test_fifty_events_cost_hardly_more_queries_than_one(node: WorkerNode, works: list[StreamWork]) -> None:
    answers(node, starts(works, 5))  # every camera has its alert, which counts the others
    one, many = starts(works, 1, first=5), starts(works, 50, first=6)

    assert queries(node, [*one]) <= 20
    assert queries(node, [*many]) <= 20
    assert queries(node, [*ends(many)]) <= 7
    assert (Event.objects.count(), Alert.objects.count(), AlertEvent.objects.count()) == (56, 5, 56)
    assert Event.objects.filter(state=EventState.ENDED).count() == 50


def test_a_batch_sent_again_changes_nothing(node: WorkerNode, works: list[StreamWork]) -> None:
    batch = [*starts(works, 10), *ends(starts(works, 10))]

    assert answers(node, batch) == [201] * 20
    assert answers(node, batch) == [200] * 20
    assert (Event.objects.count(), AlertEvent.objects.count()) == (10, 10)


def test_an_event_that_is_twice_in_its_batch_is_new_once(node: WorkerNode, works: list[StreamWork]) -> None:
    first, second = starts(works, 2)

    before = counted("known")
    assert answers(node, [first, second, first]) == [201, 201, 200]
    assert counted("known") == before + 1


def test_one_bad_event_harms_no_other(node: WorkerNode, works: list[StreamWork]) -> None:
    batch = [json.loads(start.model_dump_json()) for start in starts(works, 6)]
    batch[0]["event_id"] = str(uuid.uuid4())
    batch[1]["confidence"] = 7
    batch[2]["epoch"] = 99
    batch[3]["class_name"] = "a\x00"

    assert answers(node, batch) == [422, 422, 409, 422, 201, 201]
    assert (Event.objects.count(), DeadLetter.objects.count()) == (2, 3)


def test_another_node_s_cameras_are_refused_one_by_one(works: list[StreamWork]) -> None:
    assert answers(make_node("south"), starts(works, 3)) == [409] * 3
    assert not Event.objects.exists()


def test_an_end_that_waits_for_another_node_s_start_is_to_be_sent_again(node: WorkerNode) -> None:
    camera = make_live_camera("Door")
    first = watched(node, camera)
    south = make_node("south")
    second = taken_over(south, camera)
    end = end_of(start_of(first, start_ms=0), 1_000, work=second)
    body = json.dumps({"events": [json.loads(end.model_dump_json())]}).encode()

    assert events_take_in(south, body).receipts == ()
    assert not DeadLetter.objects.exists()


def test_events_of_recordings_and_cameras_travel_together(node: WorkerNode, works: list[StreamWork]) -> None:
    chunk = claim(node, make_queued_job())
    recorded = [start_in_recording(chunk, track_id=number) for number in (1, 2)]

    assert answers(node, [*recorded, *starts(works, 2)]) == [201] * 4
    assert Event.objects.filter(job=chunk.job_id).count() == 2


def test_where_one_cannot_be_stored_with_the_others_each_is_taken_in_by_itself(
    node: WorkerNode, works: list[StreamWork], monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(**_: object) -> None:
        raise OperationalError("could not obtain lock")

    monkeypatch.setattr(batches, "events_ingest", held)
    assert answers(node, starts(works, 3)) == [201] * 3
    assert AlertEvent.objects.count() == 3


def test_an_event_and_its_alert_stand_together_or_not_at_all(
    node: WorkerNode, works: list[StreamWork], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("events.services.storing.alerts_raise_for_events", broken)
    monkeypatch.setattr("events.services.storing.alert_raise_for_event", broken)
    batch = json.dumps({"events": [json.loads(start.model_dump_json()) for start in starts(works, 3)]}).encode()
    assert events_take_in(node, batch).receipts == ()
    assert not Event.objects.exists()
