"""Streams on nodes: claimed by whoever they were given to, renewed, saved, released, and by nobody else."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from cameras.models import CameraNetwork
from events.services import event_ingest
from tests.workers.fleet import (
    ADDRESS,
    claim_of,
    give,
    make_live_camera,
    orders,
    release,
    start_of,
    stream_of,
    taken_over,
    watched,
)
from tests.workers.leased import boot, claim, make_node, make_queued_job, stopped_at
from vms.storage import encryption
from workers.choices import StreamWorkState
from workers.errors import LeaseLostError, SupersededError
from workers.models import DeadLetter, Stream, StreamLease, WorkerNode
from workers.runtime.contract import Priority, StreamStopped
from workers.services.reconciling import reconcile
from workers.services.stream_boots import streams_release_earlier_boots
from workers.services.stream_leases import stream_claim

pytestmark = pytest.mark.django_db


def test_a_claim_tells_the_node_all_that_it_needs() -> None:
    node, camera = make_node(), make_live_camera(priority="high")
    CameraNetwork.objects.all().delete()
    CameraNetwork.objects.create(network="10.0.0.0/8")
    work = watched(node, camera)
    stream = stream_of(camera)
    assert (work.stream_id, work.epoch, work.detect_url, work.clip_url) == (stream.id, 1, ADDRESS, None)
    assert (work.priority, work.networks, work.state, work.open_events) == (Priority.HIGH, ("10.0.0.0/8",), None, ())
    assert [rule.spec.name for rule in work.camera.rules] == ["Stay"]
    assert work.zero_ms == round(stream.started_at.timestamp() * 1000)
    assert (stream.state, stream.node, stream.boot_id) == (StreamWorkState.RUNNING, node, node.boot_id)


def test_only_the_node_that_a_stream_was_given_to_may_claim_it() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    reconcile()
    stream = give(camera, north)
    assert claim_of(south, stream) is None
    assert claim_of(north, stream) is not None
    assert StreamLease.objects.get().node == north


@pytest.mark.parametrize("state", [StreamWorkState.WAITING, StreamWorkState.OFF, StreamWorkState.QUARANTINED])
def test_what_was_not_given_cannot_be_claimed(state: StreamWorkState) -> None:
    node, camera = make_node(), make_live_camera()
    reconcile()
    Stream.objects.update(state=state)
    assert claim_of(node, stream_of(camera)) is None


def test_a_node_that_is_to_be_drained_claims_nothing_new() -> None:
    node, camera = make_node(), make_live_camera()
    reconcile()
    WorkerNode.objects.update(draining=True)
    assert claim_of(node, stream_of(camera)) is None


def test_a_process_that_was_replaced_claims_nothing() -> None:
    node, camera = make_node(), make_live_camera()
    reconcile()
    with pytest.raises(SupersededError):
        stream_claim(node=node, boot_id=uuid.uuid4(), stream_id=stream_of(camera).id)


def test_each_claim_ends_the_lease_before_it_where_its_own_begins() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    watched(north, camera)
    taken_over(south, camera)
    former, current = StreamLease.objects.order_by("epoch")
    assert (former.epoch, former.node, current.epoch, current.node) == (1, north, 2, south)
    assert (former.until_ms, current.until_ms) == (current.from_ms, None)


def test_what_a_node_is_told_is_kept_once_for_all_leases_that_were_told_the_same() -> None:
    node, camera = make_node(), make_live_camera()
    watched(node, camera)
    claim_of(node, stream_of(camera))
    camera.zones.create(name="Kerb", kind="line", points=[[0, 0], [1, 1]])
    claim_of(node, stream_of(camera))
    first, second, third = [lease.told for lease in StreamLease.objects.order_by("epoch").select_related("told")]
    assert first is not None and third is not None and first == second
    zones = [sorted(zone["name"] for zone in told.config["zones"]) for told in (first, third)]
    assert zones == [["Yard"], ["Kerb", "Yard"]]


def test_a_node_that_asks_anew_goes_on_under_the_next_epoch() -> None:
    node, camera = make_node(), make_live_camera()
    watched(node, camera)
    taken_at = stream_of(camera).taken_at
    again = claim_of(node, stream_of(camera))
    assert again is not None and again.epoch == 2
    assert stream_of(camera).taken_at == taken_at


def test_a_released_stream_waits_at_once_with_its_last_state() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    release(node, work, state={"last": 1})
    stream = stream_of(camera)
    assert (stream.state, stream.boot_id, stream.stops) == (StreamWorkState.WAITING, None, 0)
    assert stream.freed_at is not None
    again = watched(node, camera)
    assert (again.epoch, again.state) == (2, {"last": 1})


def test_a_release_that_is_told_twice_counts_once() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    release(node, work, failed=True)
    release(node, work, failed=True)
    assert stream_of(camera).stops == 1


def test_a_release_after_another_took_over_is_refused() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    work = watched(north, camera)
    taken_over(south, camera)
    with pytest.raises(LeaseLostError):
        release(north, work)
    assert stream_of(camera).node == south


def test_the_last_state_of_a_node_that_lost_its_stream_helps_the_one_that_is_about_to_take_it() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    work = watched(north, camera)
    stream = give(camera, south)
    release(north, work, state={"last": 1})
    assert stream_of(camera).state == StreamWorkState.ASSIGNED
    claimed = claim_of(south, stream)
    assert claimed is not None and claimed.state == {"last": 1}


def test_a_stream_that_breaks_waits_longer_each_time_and_is_set_aside_at_the_third() -> None:
    node, camera = make_node(), make_live_camera()
    begun_at, pauses = timezone.now(), []
    for _ in range(3):
        Stream.objects.update(next_attempt_at=timezone.now())
        WorkerNode.objects.update(breaker_until=None, failures=0)
        release(node, watched(node, camera), failed=True)
        pauses.append(stream_of(camera).next_attempt_at)
    stream = stream_of(camera)
    assert stream.state == StreamWorkState.QUARANTINED
    assert pauses[0] is not None and pauses[0] >= begun_at + timedelta(seconds=1)
    assert pauses[2] is not None and pauses[2] > timezone.now() + timedelta(minutes=59)
    letter = DeadLetter.objects.get()
    assert (letter.kind, letter.subject, letter.reason) == ("stream", str(stream.id), "Because.")


def test_what_a_worker_says_of_a_stream_that_broke_is_kept_without_addresses() -> None:
    node, camera = make_node(), make_live_camera()
    release(node, watched(node, camera), failed=True, reason="No such file: 'rtsp://guard:hunter2@10.0.0.7/live'")
    told = [stream_of(camera).error, StreamLease.objects.get().end_reason]
    assert told == ["No such file: '(an address)'"] * 2


def test_a_new_process_frees_what_the_one_before_it_held() -> None:
    node, camera = make_node(), make_live_camera()
    watched(node, camera)
    boot(node)
    stream = stream_of(camera)
    assert (stream.state, stream.boot_id, stream.stops) == (StreamWorkState.WAITING, None, 0)
    assert watched(node, camera).epoch == 2


def test_a_stream_that_stops_its_worker_three_times_is_set_aside() -> None:
    node, camera = make_node(), make_live_camera()
    for count in (1, 2, 3):
        Stream.objects.update(next_attempt_at=timezone.now())
        WorkerNode.objects.update(breaker_until=None, failures=0)
        work = watched(node, camera)
        assert work.suspect == (count > 1)
        stopped = [StreamStopped(stream_id=work.stream_id, epoch=work.epoch)]
        for _ in range(2):  # told twice, counted once
            streams_release_earlier_boots(node=node, boot_id=uuid.uuid4(), stopped=stopped)
        assert stream_of(camera).stops == count
    assert stream_of(camera).state == StreamWorkState.QUARANTINED
    assert DeadLetter.objects.filter(kind="stream").count() == 1


def test_a_camera_is_not_blamed_where_a_recording_ends_the_worker_in_one_place_again() -> None:
    node, camera, job = make_node(), make_live_camera(), make_queued_job()
    for position_ms in (12_000, 12_200, 12_100):
        Stream.objects.update(next_attempt_at=timezone.now())
        WorkerNode.objects.update(breaker_until=None, failures=0)
        work, chunk = watched(node, camera), claim(node, job)
        boot(node, stopped_at(chunk, position_ms), (StreamStopped(stream_id=work.stream_id, epoch=work.epoch),))
    assert (stream_of(camera).state, stream_of(camera).stops) == (StreamWorkState.WAITING, 1)


def test_a_stream_that_had_been_watched_for_long_is_not_blamed_for_the_end_of_its_worker() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    StreamLease.objects.update(claimed_at=timezone.now() - timedelta(seconds=40))
    stopped = [StreamStopped(stream_id=work.stream_id, epoch=work.epoch)]
    streams_release_earlier_boots(node=node, boot_id=uuid.uuid4(), stopped=stopped)
    assert (stream_of(camera).state, stream_of(camera).stops) == (StreamWorkState.WAITING, 0)


def test_a_calm_minute_forgets_the_stops_before() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    orders(node, work)
    Stream.objects.update(stops=2, taken_at=timezone.now() - timedelta(seconds=61))
    reconcile()
    assert stream_of(camera).stops == 0


def test_a_node_that_reads_the_first_version_of_the_messages_is_told_of_no_suspects() -> None:
    node, camera = make_node(), make_live_camera()
    reconcile()
    Stream.objects.update(stops=1)
    work = claim_of(node, give(camera, node))
    assert work is not None
    assert work.suspect
    assert "suspect" in work.for_version(2).model_dump_json()
    assert "suspect" not in work.for_version(1).model_dump_json()


def test_the_next_node_is_told_of_the_open_events() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    work = watched(north, camera)
    event, _ = event_ingest(node=north, submission=start_of(work, start_ms=0))
    (known,) = taken_over(south, camera).open_events
    assert (known.event_id, known.track_id, known.start_ms) == (event.id, 7, 0)
    event.refresh_from_db()
    assert (event.lease_epoch, event.held_epoch) == (1, 2)


def test_a_camera_whose_address_cannot_be_read_is_set_aside_and_says_why() -> None:
    node, camera = make_node(), make_live_camera()
    camera.sealed_url = encryption.encrypt(ADDRESS, purpose="sealed by another key")
    camera.save()
    reconcile()
    assert claim_of(node, stream_of(camera)) is None
    stream = stream_of(camera)
    assert stream.state == StreamWorkState.QUARANTINED and "address cannot be read" in stream.error
