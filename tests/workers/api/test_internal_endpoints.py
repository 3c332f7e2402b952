"""What the endpoints of the internal API answer, as HTTP."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import pytest
from django.db import IntegrityError

from events.models import Clip, Event
from tests.cameras.world import file_of
from tests.workers.api.signing import NodeCaller, content
from tests.workers.leased import (
    boot_id,
    checkpoint_of,
    claim,
    end_of,
    failure_of,
    make_node,
    make_queued_job,
    progress_at,
    start_of,
)
from workers.api.internal import views
from workers.choices import ChunkState, JobState
from workers.models import Chunk, DeadLetter, Job, WorkerNode
from workers.runtime.contract import (
    BoxSidecar,
    ChunkClaim,
    ChunkWork,
    ClipMeta,
    ClipUpload,
    DetectorKind,
    EventBatch,
    EventBatchAnswer,
    EventEnd,
    EventSubmission,
    Heartbeat,
    NodeRegistered,
    NodeRegistration,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def node() -> WorkerNode:
    return make_node()


@pytest.fixture
def job() -> Job:
    return make_queued_job()


@pytest.fixture
def work(node: WorkerNode, job: Job) -> ChunkWork:
    return claim(node, job)


def send(*messages: EventSubmission | EventEnd) -> list[int]:
    response = NodeCaller().post("events", EventBatch(events=messages))
    assert response.status_code == 200
    answer = EventBatchAnswer.model_validate_json(response.content)
    assert [(receipt.event_id, receipt.kind) for receipt in answer.receipts] == [
        (message.event_id, message.kind) for message in messages
    ]
    return [receipt.status for receipt in answer.receipts]


def test_registering_tells_the_node_its_rhythm(node: WorkerNode) -> None:
    registration = NodeRegistration(
        boot_id=uuid.uuid4(), hostname="h", version="1", detector=DetectorKind.MOTION, model="motion"
    )
    response = NodeCaller().post("node/register", registration)
    assert NodeRegistered.model_validate_json(response.content).node_id == node.id
    node.refresh_from_db()
    assert node.boot_id == registration.boot_id


def test_a_claim_gives_work_and_then_nothing(node: WorkerNode, job: Job) -> None:
    caller, asked = NodeCaller(), ChunkClaim(boot_id=boot_id(node))
    first, second = (caller.post(f"jobs/{job.id}/claim", asked) for _ in range(2))
    assert ChunkWork.model_validate_json(first.content).job_id == job.id
    assert second.status_code == 204


def test_progress_checkpoint_and_failure_reach_their_chunk(node: WorkerNode, job: Job, work: ChunkWork) -> None:
    caller, path = NodeCaller(), f"jobs/{job.id}/chunks/0"
    assert caller.post(f"{path}/progress", progress_at(node, work, 5_000)).json() == {"cancelled": False}
    assert caller.post(f"{path}/checkpoint", checkpoint_of(node, work)).json() == {"job_done": False}
    following = claim(node, job)
    failed = caller.post(f"jobs/{job.id}/chunks/1/failure", failure_of(node, following))
    assert failed.status_code == 204
    assert list(Chunk.objects.values_list("state", flat=True)) == [ChunkState.DONE, *[ChunkState.WAITING] * 2]


def test_a_lost_lease_is_a_conflict(node: WorkerNode, job: Job, work: ChunkWork) -> None:
    stale = progress_at(node, work.model_copy(update={"epoch": 99}), 5_000)
    response = NodeCaller().post(f"jobs/{job.id}/chunks/0/progress", stale)
    assert (response.status_code, response.json()["code"]) == (409, "lease_lost")


def test_a_recording_can_be_had_whole_or_from_where_it_broke_off(work: ChunkWork) -> None:
    caller, path = NodeCaller(), f"recordings/{work.recording_id}/content"
    whole = file_of(work.recording_id).read_bytes()
    assert content(caller.call("GET", path)) == whole
    rest = caller.call("GET", path, headers=caller.headers("GET", path, b"") | {"Range": "bytes=4-"})
    assert (rest.status_code, content(rest)) == (206, whole[4:])


def test_a_recording_is_only_for_the_node_that_works_on_it(work: ChunkWork) -> None:
    make_node("south")
    path = f"recordings/{work.recording_id}/content"
    assert NodeCaller("south").call("GET", path).status_code == 404
    Chunk.objects.update(state=ChunkState.WAITING)
    assert NodeCaller().call("GET", path).status_code == 404


def test_every_event_of_a_batch_gets_its_own_receipt(work: ChunkWork) -> None:
    known, new = start_of(work, track_id=1), start_of(work, track_id=2)
    assert send(known) == [201]
    stale = start_of(work, track_id=3, epoch=99)
    foreign = start_of(work, track_id=4, event_id=uuid.uuid4())
    assert send(known, new, stale, foreign, end_of(new, 9_000)) == [200, 201, 409, 422, 201]
    assert Event.objects.count() == 2


def test_a_refused_event_is_kept_for_a_person(node: WorkerNode, work: ChunkWork) -> None:
    assert send(start_of(work, event_id=uuid.uuid4())) == [422]
    letter = DeadLetter.objects.get()
    assert (letter.node, letter.kind) == (node, "event.start")
    assert letter.reason == "The event's id does not belong to what it tells."
    assert letter.payload["class_name"] == "person"


BROKEN: list[dict[str, Any]] = [
    *({"confidence": 7}, {"surprise": 1}, {"box_xyxy": [1, 2]}, {"evidence": {"seconds": float("nan")}}),
    *({"class_name": "a\x00"}, {"class_name": "\ud800"}, {"evidence": {"word": "\ud800"}}),
]


@pytest.mark.parametrize("change", BROKEN, ids=str)
def test_an_event_out_of_shape_does_not_harm_its_batch(work: ChunkWork, change: dict[str, Any]) -> None:
    good, bad = start_of(work, track_id=1), start_of(work, track_id=2)
    batch = {"events": [json.loads(bad.model_dump_json()) | change, json.loads(good.model_dump_json())]}
    response = NodeCaller().post("events", json.dumps(batch).encode())
    assert [receipt["status"] for receipt in response.json()["receipts"]] == [422, 201]
    assert DeadLetter.objects.count() == 1


@pytest.mark.parametrize("body", [b"", b"[]", b'{"events": []}', b'{"events": [1]}', b'{"events": 7}', b"[" * 100_000])
def test_what_is_no_batch_is_refused(node: WorkerNode, body: bytes) -> None:
    assert NodeCaller().post("events", body).status_code == 422


def test_an_event_that_fails_for_a_reason_of_ours_gets_no_receipt_and_the_others_theirs(
    work: ChunkWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*, events: list[Event]) -> None:
        if any(event.track_id == 1 for event in events):
            raise OSError("the disk is gone")

    monkeypatch.setattr("events.services.storing.alerts_raise_for_events", broken)
    monkeypatch.setattr("events.services.storing.alert_raise_for_event", lambda *, event: broken(events=[event]))
    batch = EventBatch(events=(start_of(work, track_id=1), start_of(work, track_id=2)))
    receipts = NodeCaller().post("events", batch).json()["receipts"]
    assert [(receipt["event_id"], receipt["status"]) for receipt in receipts] == [(str(batch.events[1].event_id), 201)]


def framed(video: bytes) -> bytes:
    meta = ClipMeta(start_ms=0, duration_ms=1, codec="h264", sha256=hashlib.sha256(video).hexdigest(), moment_ms=0)
    boxes = BoxSidecar(width=1, height=1, event_track_id=1, samples=())
    head = ClipUpload(meta=meta, boxes=boxes).model_dump_json().encode()
    return len(head).to_bytes(4, "big") + head + video


def test_a_clip_is_new_once(work: ChunkWork) -> None:
    event = start_of(work)
    send(event)
    path = f"events/{event.event_id}/clip"
    assert [NodeCaller().call("PUT", path, framed(b"video")).status_code for _ in range(2)] == [201, 200]
    assert Clip.objects.get().video_bytes == 5


@pytest.mark.parametrize("body", [b"", b"\x00\x00", b"\x00\x00\x00\x09{}", b"\xff\xff\xff\xff" + b"x" * 9])
def test_a_clip_out_of_shape_is_refused(work: ChunkWork, body: bytes) -> None:
    event = start_of(work)
    send(event)
    assert NodeCaller().call("PUT", f"events/{event.event_id}/clip", body).status_code in {413, 422}
    assert not Clip.objects.exists()


def test_a_clip_other_than_the_signed_one_is_refused_and_not_kept(work: ChunkWork) -> None:
    event, caller = start_of(work), NodeCaller()
    send(event)
    path = f"events/{event.event_id}/clip"
    headers = caller.headers("PUT", path, framed(b"video"))
    assert caller.call("PUT", path, framed(b"other"), headers).status_code == 401
    assert not Clip.objects.exists()


def test_a_snapshot_is_stored(work: ChunkWork) -> None:
    event = start_of(work)
    send(event)
    response = NodeCaller().call("PUT", f"events/{event.event_id}/snapshot", b"\xff\xd8\xff picture")
    assert response.status_code == 201
    assert Clip.objects.get().snapshot_name.endswith(f"{event.event_id}.jpg")


def test_a_cancelled_job_is_told_with_the_next_progress(node: WorkerNode, job: Job, work: ChunkWork) -> None:
    Job.objects.filter(id=job.id).update(state=JobState.CANCELLED)
    response = NodeCaller().post(f"jobs/{job.id}/chunks/0/progress", progress_at(node, work, 5_000))
    assert response.json() == {"cancelled": True}


def test_what_the_database_cannot_hold_is_refused_for_good(node: WorkerNode) -> None:
    registration = NodeRegistration(
        boot_id=uuid.uuid4(), hostname="a\x00b", version="1", detector=DetectorKind.MOTION, model="motion"
    )
    answer = NodeCaller().post("node/register", registration)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("number", ["1e400", "1" + "0" * 400, "NaN"])
def test_a_measure_beyond_all_numbers_is_refused(node: WorkerNode, number: str) -> None:
    body = f'{{"boot_id": "{boot_id(node)}", "outbox_waiting": 0, "outbox_lost": 0, "load": {{"inferences_per_second": '
    assert NodeCaller().post("node/heartbeat", f"{body}{number}}}}}".encode()).status_code == 422


def test_who_was_overtaken_is_asked_to_send_it_again_and_does_not_take_its_lease_for_lost(
    node: WorkerNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(**_: object) -> None:
        raise IntegrityError("the camera was deleted")

    monkeypatch.setattr(views, "node_heartbeat", overtaken)
    beat = Heartbeat(boot_id=boot_id(node), outbox_waiting=0, outbox_lost=0)
    response = NodeCaller().post("node/heartbeat", beat)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
