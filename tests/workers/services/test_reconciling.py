"""One turn of the reconcile loop: cameras get streams, streams get nodes, and what went wrong is set right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from dramatiq.brokers.redis import RedisBroker
from pytest_django import Settings

from cameras.choices import SourceKind
from cameras.models import Camera, CameraNetwork
from rules.services import RuleChange, rule_update
from tests.cameras.world import make_camera, make_user
from tests.ports import free_port
from tests.workers.fleet import (
    age_streams,
    claim_of,
    grow_silent,
    make_live_camera,
    orders,
    release,
    report,
    stream_of,
    taken_over,
    watched,
)
from tests.workers.leased import make_node
from vms.accounts.choices import Role
from workers.choices import NodeState, StreamWorkState
from workers.models import DeadLetter, Stream, WorkerNode
from workers.services.dead_letters import dead_letter_keep
from workers.services.reconciling import reconcile
from workers.services.streams import STREAM_LETTER
from workers.standings import node_state

pytestmark = pytest.mark.django_db

Sent = list[tuple[int, str]]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    messages: Sent = []
    monkeypatch.setattr(
        "workers.services.streams.stream_send", lambda node_id, stream_id: messages.append((node_id, stream_id))
    )
    return messages


def test_each_live_camera_gets_a_stream_and_a_node_and_no_other_camera(sent: Sent) -> None:
    node, camera = make_node(), make_live_camera()
    make_camera("Uploads", source_kind=SourceKind.UPLOAD)
    make_live_camera("Off", enabled=False)
    reconcile()
    stream = Stream.objects.get()
    assert (stream.camera, stream.state, stream.node) == (camera, StreamWorkState.ASSIGNED, node)
    assert sent == [(node.id, str(stream.id))]


def test_a_second_turn_changes_nothing(sent: Sent) -> None:
    make_node(), make_live_camera()
    reconcile()
    assert reconcile() == 0
    assert len(sent) == 1


def test_a_turn_costs_as_many_queries_for_many_cameras_as_for_one() -> None:
    node = make_node()
    report(node, watched(node, make_live_camera("One")))
    with CaptureQueriesContext(connection) as one:
        assert reconcile() == 0
    more = [watched(node, make_live_camera(f"Camera {number}")) for number in range(8)]
    report(node, *more)
    Stream.objects.update(taken_at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        assert reconcile() == 0
    assert len(many) == len(one) <= 10


def test_without_any_node_streams_wait_and_the_first_one_gets_them() -> None:
    camera = make_live_camera()
    reconcile()
    assert stream_of(camera).state == StreamWorkState.WAITING
    node = make_node()
    reconcile()
    assert stream_of(camera).node == node


def test_a_silent_node_s_streams_go_to_another() -> None:
    north, camera = make_node(), make_live_camera()
    watched(north, camera)
    south = make_node("south")
    grow_silent(north)
    reconcile()
    stream = stream_of(camera)
    assert (stream.state, stream.node) == (StreamWorkState.ASSIGNED, south)
    assert stream.leases.get().end_reason == "The worker fell silent."
    north.refresh_from_db()
    assert north.failures == 1


def test_a_node_that_is_heard_but_does_not_report_its_streams_has_lost_them() -> None:
    north, camera = make_node(), make_live_camera()
    watched(north, camera)
    grow_silent(north)
    WorkerNode.objects.update(seen_at=timezone.now())
    reconcile()
    stream = stream_of(camera)
    assert stream.state == StreamWorkState.ASSIGNED


def test_a_stream_that_was_just_taken_is_not_missed_before_the_first_report() -> None:
    north, camera = make_node(), make_live_camera()
    grow_silent(north)
    WorkerNode.objects.update(seen_at=timezone.now())
    watched(north, camera)
    reconcile()
    assert stream_of(camera).state == StreamWorkState.RUNNING


def test_where_all_are_silent_no_node_is_blamed_and_streams_wait() -> None:
    north, camera = make_node(), make_live_camera()
    watched(north, camera)
    grow_silent(north)
    reconcile()
    north.refresh_from_db()
    assert (stream_of(camera).state, north.failures) == (StreamWorkState.WAITING, 0)


def test_silence_says_nothing_to_who_was_away() -> None:
    north, camera = make_node(), make_live_camera()
    watched(north, camera)
    make_node("south")
    grow_silent(north)
    reconcile(may_blame=False)
    assert stream_of(camera).node == north


def test_a_node_that_was_silent_and_still_watches_keeps_what_nobody_took() -> None:
    north, camera = make_node(), make_live_camera()
    work = watched(north, camera)
    grow_silent(north)
    reconcile()
    assert orders(north, work) == ["keep"]
    stream = stream_of(camera)
    assert (stream.state, stream.epoch, stream.freed_at) == (StreamWorkState.RUNNING, 1, None)
    assert stream.leases.get().end_reason == ""


def test_what_is_not_taken_is_sent_again_and_then_goes_to_another_node(sent: Sent) -> None:
    north, camera = make_node(), make_live_camera()
    reconcile()
    age_streams(north, 6)
    reconcile()
    assert len(sent) == 2 and stream_of(camera).node == north
    south = make_node("south")
    age_streams(north, 11)
    reconcile()
    assert (stream_of(camera).node, sent[-1][0]) == (south, south.id)
    north.refresh_from_db()
    assert north.failures == 1


def test_no_node_is_blamed_for_not_taking_what_it_could_not_be_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    north = make_node()
    make_live_camera()
    reconcile()
    age_streams(north, 11)
    nobody_listens = RedisBroker(url=f"redis://127.0.0.1:{free_port()}")
    monkeypatch.setattr("vms.broker.gpu_broker", nobody_listens)
    reconcile()
    north.refresh_from_db()
    assert north.failures == 0


@pytest.mark.parametrize("change", [{"draining": True}, {"enabled": False}, {"boot_id": None}], ids=str)
def test_what_a_node_was_given_and_may_not_take_any_more_goes_on_at_once(change: dict[str, object]) -> None:
    north, camera = make_node(), make_live_camera()
    reconcile()
    south = make_node("south")
    WorkerNode.objects.filter(id=north.id).update(**change)
    reconcile()
    assert stream_of(camera).node == south


def test_the_only_node_watches_every_camera_also_when_its_breaker_has_taken_it_out() -> None:
    node, cameras = make_node(), [make_live_camera(f"Camera {number}") for number in range(3)]
    now = timezone.now()
    WorkerNode.objects.update(breaker_opened_at=now, breaker_until=now + timedelta(minutes=15))
    reconcile()
    assert {(stream_of(camera).state, stream_of(camera).node) for camera in cameras} == {
        (StreamWorkState.ASSIGNED, node)
    }
    assert node_state(WorkerNode.objects.get(), now) == NodeState.TAKEN_OUT


def test_a_stream_goes_back_to_the_node_that_had_it_last() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    reconcile()
    for node in (north, south, north):
        release(node, taken_over(node, camera))
        reconcile()
        assert stream_of(camera).node == node


def test_a_camera_that_is_switched_off_is_told_to_stop_and_comes_back_when_switched_on() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    Camera.objects.update(enabled=False)
    reconcile()
    assert orders(node, work) == ["stop"]
    release(node, work)
    stream = stream_of(camera)
    assert (stream.state, stream.boot_id) == (StreamWorkState.OFF, None) and stream.freed_at is not None
    Camera.objects.update(enabled=True)
    assert watched(node, camera).epoch == 2


def test_a_camera_that_becomes_one_for_recordings_is_watched_no_longer() -> None:
    node, camera = make_node(), make_live_camera()
    watched(node, camera)
    Camera.objects.update(source_kind=SourceKind.UPLOAD)
    reconcile()
    assert stream_of(camera).state == StreamWorkState.OFF


def _rule(camera: Camera) -> None:
    rule, admin = camera.rules.get(), make_user("ada", role=Role.ADMIN)
    document = "name: Stay\nwhen: {type: zone_presence, zone: Yard, dwell_seconds: 9}\n"
    rule_update(user=admin, rule=rule, change=RuleChange(document=document))


CHANGES: dict[str, Callable[[Camera], object]] = {
    "rule": _rule,
    "rule off": lambda camera: camera.rules.update(enabled=False),
    "rule taken off the camera": lambda camera: camera.rules.clear(),
    "zone": lambda camera: camera.zones.update(points=[[0, 0], [1, 0], [0, 1]]),
    "address": lambda camera: Camera.objects.update(sealed_url="another"),
    "priority": lambda camera: Camera.objects.update(priority="high"),
    "speed": lambda camera: Camera.objects.update(detect_fps=2),
    "networks": lambda _: CameraNetwork.objects.create(network="192.0.2.0/24"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_node_is_told_anew_when_what_it_was_told_has_changed(what: str) -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    assert orders(node, work) == ["keep"]
    CHANGES[what](camera)
    reconcile()
    assert orders(node, work) == ["renew"]


def test_where_no_track_log_is_kept_any_more_nodes_are_told_to_keep_none(settings: Settings) -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    settings.TRACK_LOG = False
    reconcile()
    assert orders(node, work) == ["renew"]
    assert (work.camera.track_log, taken_over(node, camera).camera.track_log) == (True, False)


def test_told_anew_it_goes_on_under_the_changed_rule() -> None:
    node, camera = make_node(), make_live_camera()
    watched(node, camera)
    _rule(camera)
    reconcile()
    again = claim_of(node, stream_of(camera))
    assert again is not None and [rule.version for rule in again.camera.rules] == [2]
    assert orders(node, again) == ["keep"]
    assert reconcile() == 0


def test_a_changed_camera_leaves_quarantine_and_another_does_not() -> None:
    make_node()
    changed, other = make_live_camera("Changed"), make_live_camera("Other")
    reconcile()
    later = timezone.now() + timedelta(minutes=50)
    Stream.objects.update(state=StreamWorkState.QUARANTINED, next_attempt_at=later, stops=3)
    Camera.objects.filter(id=changed.id).update(sealed_url="another")
    reconcile()
    assert (stream_of(changed).state, stream_of(changed).stops) == (StreamWorkState.ASSIGNED, 0)
    assert stream_of(other).state == StreamWorkState.QUARANTINED


def test_of_a_camera_that_is_switched_off_no_dead_letter_waits() -> None:
    make_node()
    off, other = make_live_camera("Off"), make_live_camera("Other")
    reconcile()
    Stream.objects.update(state=StreamWorkState.QUARANTINED, next_attempt_at=timezone.now() + timedelta(hours=1))
    for camera in (off, other):
        dead_letter_keep(
            node=None, kind=STREAM_LETTER, reason="It broke.", payload={}, subject=str(stream_of(camera).id)
        )
    Camera.objects.filter(id=off.id).update(enabled=False)
    reconcile()
    states = dict(DeadLetter.objects.values_list("subject", "state"))
    assert states == {str(stream_of(off).id): "discarded", str(stream_of(other).id): "kept"}


def test_quarantine_is_over_after_its_time() -> None:
    make_node(), make_live_camera()
    reconcile()
    Stream.objects.update(state=StreamWorkState.QUARANTINED, next_attempt_at=timezone.now(), stops=3)
    reconcile()
    assert Stream.objects.get().state == StreamWorkState.ASSIGNED


def test_an_overloaded_node_hands_a_few_streams_to_a_new_one() -> None:
    north = make_node()
    works = [watched(north, make_live_camera(f"Camera {number}", detect_fps=5)) for number in range(8)]
    WorkerNode.objects.update(capacity=30)
    age_streams(north, 61)
    south = make_node("south")
    WorkerNode.objects.filter(id=south.id).update(capacity=40)
    report(north, *works)
    reconcile()
    moving = set(Stream.objects.filter(moving_to=south).values_list("id", flat=True))
    assert len(moving) == 3
    told = {verdict.stream_id for verdict in report(north, *works).verdicts if verdict.order == "stop"}
    assert told == moving
    for work in works:
        if work.stream_id in moving:
            release(north, work)
    reconcile()
    assert set(Stream.objects.filter(node=south, state=StreamWorkState.ASSIGNED).values_list("id", flat=True)) == moving


def test_a_changed_rule_wakes_the_orchestrator() -> None:
    camera = make_live_camera()
    with CaptureQueriesContext(connection) as queries:
        _rule(camera)
    assert any(query["sql"].startswith("NOTIFY vms_reconcile") for query in queries)
