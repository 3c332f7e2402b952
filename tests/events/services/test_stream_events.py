"""Events of live cameras: taken in under the lease that found them, however late; one happening is one row."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.choices import Channel
from alerts.models import Alert, AlertPolicy
from cameras.models import Camera
from events.choices import EventState
from events.models import Clip, Event, EventAlias
from events.services import clip_store, event_end, event_ingest, events_close_abandoned, snapshot_store
from rules.models import RuleVersion
from tests.workers.fleet import (
    end_of,
    lease_at,
    make_live_camera,
    release,
    shift_stream,
    start_of,
    stream_of,
    taken_over,
    watched,
)
from tests.workers.leased import make_node
from vms.errors import InvalidError
from workers.choices import StreamWorkState
from workers.errors import LeaseLostError, StartAwaitedError
from workers.models import Stream, StreamLease, WorkerNode
from workers.runtime.contract import BoxSidecar, ClipMeta, ClipUpload, EventSubmission, StreamWork, event_key
from workers.services.stream_leases import stream_claim

pytestmark = pytest.mark.django_db

CHANGE_MS = 60_000
FAR_AWAY = (0.7, 0.5, 0.8, 0.9)
JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def change() -> tuple[WorkerNode, StreamWork, WorkerNode, StreamWork]:
    """North watched a camera for a minute, was cut off, and south has taken over a minute ago."""
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    first = watched(north, camera)
    second = taken_over(south, camera)
    shift_stream(stream_of(camera), 120)
    lease_at(first, 0, CHANGE_MS)
    lease_at(second, CHANGE_MS)
    return north, first, south, second


Change = tuple[WorkerNode, StreamWork, WorkerNode, StreamWork]


def test_an_event_is_stored_at_its_moment_of_stream_time() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    event, is_new = event_ingest(node=node, submission=start_of(work, start_ms=500))
    stream = stream_of(camera)
    assert is_new and (event.stream, event.job, event.camera) == (stream, None, camera)
    assert event.started_at == stream.started_at + timedelta(milliseconds=500)
    assert event.message == "Stay: person at Gate"


def test_the_same_event_again_is_known_and_raises_no_second_alert() -> None:
    AlertPolicy.objects.create(name="All", channels=[Channel.IN_APP])
    node = make_node()
    start = start_of(watched(node, make_live_camera()), start_ms=0)
    assert [event_ingest(node=node, submission=start)[1] for _ in range(2)] == [True, False]
    assert (Event.objects.count(), Alert.objects.count()) == (1, 1)


def test_an_event_of_a_node_that_was_cut_off_is_taken_in_late(change: Change) -> None:
    north, first, _, _ = change
    start = start_of(first, start_ms=CHANGE_MS - 1)
    event, is_new = event_ingest(node=north, submission=start)
    assert is_new and (event.lease_epoch, event.held_epoch) == (1, 1)
    assert event_end(node=north, end=end_of(start, CHANGE_MS - 1))[1]


def test_what_a_node_found_after_another_had_taken_over_is_refused(change: Change) -> None:
    north, first, _, _ = change
    with pytest.raises(LeaseLostError):
        event_ingest(node=north, submission=start_of(first, start_ms=CHANGE_MS))


def test_a_stay_that_began_before_its_lease_is_taken_in(change: Change) -> None:
    _, _, south, second = change
    assert event_ingest(node=south, submission=start_of(second, start_ms=CHANGE_MS - 30_000))[1]


def test_another_node_s_lease_may_not_be_named(change: Change) -> None:
    north, first, south, second = change
    for node, work in ((north, second), (south, first)):
        with pytest.raises(LeaseLostError):
            event_ingest(node=node, submission=start_of(work, start_ms=1_000))


def test_a_lease_that_never_was_may_not_be_named(change: Change) -> None:
    north, first, _, _ = change
    with pytest.raises(LeaseLostError):
        event_ingest(node=north, submission=start_of(first, start_ms=1_000, epoch=9))


def test_what_the_same_process_found_while_it_claimed_anew_is_taken_in() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    assert stream_claim(node=node, boot_id=node.boot_id, stream_id=work.stream_id) is not None  # type: ignore[arg-type]
    lease_at(work, 0, 10)
    event, is_new = event_ingest(node=node, submission=start_of(work, start_ms=20))
    assert is_new and event.held_epoch == 2


FOREIGN: list[dict[str, Any]] = [
    {"camera_id": 999_999},
    {"rule_id": 999_999},
    {"rule_version": 2},
    {"start_ms": 10_000_000},
    {"start_ms": 2**60},
    {"box_xyxy": (0, 0, float("nan"), 1)},
    {"evidence": {"text": "a\x00b"}},
]


@pytest.mark.parametrize("change_", FOREIGN, ids=str)
def test_what_does_not_fit_the_stream_is_refused(change_: dict[str, Any]) -> None:
    node, camera = make_node(), make_live_camera()
    honest = start_of(watched(node, camera), start_ms=0)
    forged = EventSubmission.model_validate(honest.model_dump() | change_)
    key = event_key(forged.job_id, forged.rule_id, forged.rule_version, forged.track_id, forged.start_ms)
    with pytest.raises(InvalidError):
        event_ingest(node=node, submission=forged.model_copy(update={"event_id": key}))
    assert not Event.objects.exists()


def test_an_event_under_a_rule_that_was_changed_meanwhile_is_taken_in() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    rule = camera.rules.get()
    rule.versions.update(state="retired")
    RuleVersion.objects.create(rule=rule, number=2, spec=work.camera.rules[0].spec.model_dump(mode="json"))
    camera.rules.clear()
    assert event_ingest(node=node, submission=start_of(work, start_ms=0))[0].rule_version == 1


def test_the_next_node_ends_what_the_one_before_it_began(change: Change) -> None:
    north, first, south, second = change
    start = start_of(first, start_ms=1_000)
    event_ingest(node=north, submission=start)
    assert event_end(node=south, end=end_of(start, CHANGE_MS + 5_000, work=second))[1]


def test_an_end_waits_for_the_start_that_a_dead_node_still_has_in_its_outbox(change: Change) -> None:
    north, first, south, second = change
    start = start_of(first, start_ms=CHANGE_MS - 5_000)
    end = end_of(start, CHANGE_MS + 5_000, work=second)
    with pytest.raises(StartAwaitedError):
        event_end(node=south, end=end)
    event_ingest(node=north, submission=start)
    assert event_end(node=south, end=end)[1]


def test_an_end_waits_for_no_start_that_nobody_else_can_tell(change: Change) -> None:
    north, first, south, second = change
    with pytest.raises(InvalidError):
        event_end(node=north, end=end_of(start_of(first, start_ms=1_000), 2_000))
    shift_stream(stream_of(Camera.objects.get(name="Gate")), 3_600)
    start = start_of(first, start_ms=CHANGE_MS - 5_000)
    with pytest.raises(InvalidError):
        event_end(node=south, end=end_of(start, CHANGE_MS + 5_000, work=second))


def test_a_node_ends_nothing_in_another_s_time(change: Change) -> None:
    north, first, _, _ = change
    start = start_of(first, start_ms=1_000)
    event_ingest(node=north, submission=start)
    with pytest.raises(LeaseLostError):
        event_end(node=north, end=end_of(start, CHANGE_MS + 5_000))


def test_an_end_in_the_future_is_refused() -> None:
    node, camera = make_node(), make_live_camera()
    start = start_of(watched(node, camera), start_ms=0)
    event_ingest(node=node, submission=start)
    for end_ms in (120_000, 2**60):
        with pytest.raises(InvalidError):
            event_end(node=node, end=end_of(start, end_ms))


# --- found twice -----------------------------------------------------------------------------------------------------


def test_somebody_who_stood_there_all_along_is_one_event_and_the_earlier_start_counts(change: Change) -> None:
    AlertPolicy.objects.create(name="All", channels=[Channel.IN_APP])
    north, first, south, second = change
    again = start_of(second, start_ms=CHANGE_MS + 1_000, track_id=9)
    kept, _ = event_ingest(node=south, submission=again)
    late = start_of(first, start_ms=CHANGE_MS - 5_000)
    found, is_new = event_ingest(node=north, submission=late)
    assert (found, is_new, Event.objects.count(), Alert.objects.count()) == (kept, False, 1, 1)
    kept.refresh_from_db()
    assert kept.started_at == stream_of(kept.camera).started_at + timedelta(milliseconds=CHANGE_MS - 5_000)
    assert kept.evidence["found_again"]["start_ms"] == CHANGE_MS - 5_000
    assert event_ingest(node=north, submission=late) == (kept, False)
    assert event_end(node=south, end=end_of(again, CHANGE_MS + 20_000))[1]


def test_it_does_not_matter_who_of_the_two_is_heard_first(change: Change) -> None:
    north, first, south, second = change
    kept, _ = event_ingest(node=north, submission=start_of(first, start_ms=CHANGE_MS - 5_000))
    again = start_of(second, start_ms=CHANGE_MS + 1_000, track_id=9)
    assert event_ingest(node=south, submission=again) == (kept, False)
    assert event_end(node=south, end=end_of(again, CHANGE_MS + 20_000))[1]
    kept.refresh_from_db()
    assert kept.state == EventState.ENDED


DIFFERENT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "they stand elsewhere": ({"box_xyxy": FAR_AWAY}, {}),
    "another class": ({"class_name": "car"}, {}),
    "it came only later": ({}, {"start_ms": CHANGE_MS + 9_000}),
    "the first had left": ({"end_ms": CHANGE_MS - 3_900}, {}),
    "too long before": ({"start_ms": CHANGE_MS - 15_000}, {}),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_two_happenings_stay_two_events(change: Change, what: str) -> None:
    north, first, south, second = change
    of_first, of_second = DIFFERENT[what]
    values = {"start_ms": CHANGE_MS + 1_000, "track_id": 7} | of_second
    event_ingest(node=south, submission=start_of(second, **values))
    late = start_of(first, **({"start_ms": CHANGE_MS - 5_000, "track_id": 7} | of_first))
    assert event_ingest(node=north, submission=late)[1]
    assert Event.objects.count() == 2


def test_both_saw_it_at_the_same_moment() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    first = watched(north, camera)
    second = taken_over(south, camera)
    shift_stream(stream_of(camera), 120)
    lease_at(first, 0, CHANGE_MS)
    lease_at(second, CHANGE_MS)
    event_ingest(node=south, submission=start_of(second, start_ms=CHANGE_MS + 100, track_id=9))
    late = start_of(first, start_ms=CHANGE_MS - 200, end_ms=CHANGE_MS - 100)
    assert not event_ingest(node=north, submission=late)[1]


def test_the_files_of_an_event_that_was_found_twice_are_those_of_the_kept_one(change: Change) -> None:
    north, first, south, second = change
    kept, _ = event_ingest(node=south, submission=start_of(second, start_ms=CHANGE_MS + 1_000, track_id=9))
    late = start_of(first, start_ms=CHANGE_MS - 5_000)
    event_ingest(node=north, submission=late)
    assert EventAlias.objects.get().event == kept
    assert store_clip(north, late.event_id, b"north's")
    assert store_clip(south, kept.id, b"south's video")
    assert not store_clip(north, late.event_id, b"north's")
    digest = hashlib.sha256(JPEG).hexdigest()
    assert snapshot_store(node=south, event_id=kept.id, picture=[JPEG], sha256=digest)
    assert not snapshot_store(node=north, event_id=late.event_id, picture=[JPEG], sha256=digest)
    assert Clip.objects.get().video_bytes == len(b"south's video")


def test_a_node_without_any_part_in_a_stream_stores_no_clip_of_it(change: Change) -> None:
    north, first, _, _ = change
    event, _ = event_ingest(node=north, submission=start_of(first, start_ms=0))
    with pytest.raises(LeaseLostError):
        store_clip(make_node("west"), event.id, b"video")


def store_clip(node: WorkerNode, event_id: Any, video: bytes) -> bool:
    meta = ClipMeta(
        start_ms=0, duration_ms=5_000, codec="h264", sha256=hashlib.sha256(video).hexdigest(), moment_ms=3_000
    )
    upload = ClipUpload(meta=meta, boxes=BoxSidecar(width=640, height=480, event_track_id=7, samples=()))
    return clip_store(node=node, event_id=event_id, upload=upload, video=[video])


# --- nobody goes on with it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [StreamWorkState.OFF, StreamWorkState.QUARANTINED])
def test_events_of_a_stream_that_is_off_end_where_it_was_last_watched(state: StreamWorkState) -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    shift_stream(stream_of(camera), 60)
    event, _ = event_ingest(node=node, submission=start_of(work, start_ms=0))
    release(node, work)
    freed_at = timezone.now() - timedelta(seconds=20)
    Stream.objects.update(state=state, freed_at=freed_at)
    assert events_close_abandoned() == 1
    event.refresh_from_db()
    assert (event.state, event.ended_at) == (EventState.ENDED, freed_at)
    assert events_close_abandoned() == 0


def test_the_events_of_a_watched_stream_stay_open() -> None:
    node, camera = make_node(), make_live_camera()
    event_ingest(node=node, submission=start_of(watched(node, camera), start_ms=0))
    Event.objects.update(received_at=timezone.now() - timedelta(hours=1))
    assert events_close_abandoned() == 0


def test_an_event_that_came_late_and_that_the_next_node_does_not_know_ends_where_its_lease_did(change: Change) -> None:
    north, first, _, _ = change
    event, _ = event_ingest(node=north, submission=start_of(first, start_ms=CHANGE_MS - 5_000))
    assert events_close_abandoned() == 0  # its end may follow
    Event.objects.update(received_at=timezone.now() - timedelta(seconds=31))
    assert events_close_abandoned() == 1
    event.refresh_from_db()
    assert event.ended_at == stream_of(event.camera).started_at + timedelta(milliseconds=CHANGE_MS)


def test_what_the_next_node_was_told_of_is_its_to_end(change: Change) -> None:
    north, first, south, _ = change
    event_ingest(node=north, submission=start_of(first, start_ms=CHANGE_MS - 5_000))
    assert taken_over(south, Stream.objects.get().camera).open_events
    Event.objects.update(received_at=timezone.now() - timedelta(seconds=31))
    assert events_close_abandoned() == 0
    assert StreamLease.objects.count() == 3
