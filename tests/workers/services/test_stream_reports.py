"""Reports of streams: they keep leases up, free what is given up, and are answered with orders."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cameras.models import CameraHealth
from cameras.services.pictures import picture_want, pictures_want
from tests.workers.fleet import (
    age_streams,
    give,
    health,
    make_live_camera,
    orders,
    report,
    stream_of,
    taken_over,
    watched,
)
from tests.workers.leased import boot, boot_id, make_node
from workers.choices import StreamWorkState
from workers.errors import SupersededError
from workers.models import Stream, WorkerNode
from workers.runtime.contract import StreamReport, StreamStanding
from workers.services.stream_reports import MOST_HANDED_OVER, stream_report

pytestmark = pytest.mark.django_db


def test_a_report_keeps_up_the_leases_and_tells_the_cameras_health() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    WorkerNode.objects.update(streams_reported_at=None)
    assert orders(node, work) == ["keep"]
    node.refresh_from_db()
    assert node.streams_reported_at is not None
    assert CameraHealth.objects.get().camera == camera


def test_a_report_costs_as_many_queries_for_many_streams_as_for_one() -> None:
    node = make_node()
    works = [watched(node, make_live_camera(f"Camera {number}")) for number in range(9)]
    report(node, *works)
    with CaptureQueriesContext(connection) as one:
        report(node, *works[:1])
    with CaptureQueriesContext(connection) as many:
        report(node, *works)
    assert len(many) == len(one)


def test_what_another_node_has_taken_is_lost() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    work = watched(north, camera)
    give(camera, south)
    assert orders(north, work) == ["lost"]
    taken_over(south, camera)
    assert orders(north, work) == ["lost"]


def test_a_stream_that_nobody_knows_is_lost() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera).model_copy(update={"stream_id": uuid.uuid4()})
    assert orders(node, work) == ["lost"]


def test_a_node_that_never_got_the_answer_to_its_claim_is_told_to_ask_again() -> None:
    node, camera = make_node(), make_live_camera()
    before = watched(node, camera)
    taken_over(node, camera)
    assert orders(node, before) == ["renew"]


def test_a_replaced_process_is_told_so() -> None:
    node, camera = make_node(), make_live_camera()
    work, old = watched(node, camera), boot_id(node)
    boot(node)
    standing = StreamStanding(stream_id=work.stream_id, epoch=work.epoch, health=health())
    with pytest.raises(SupersededError):
        stream_report(node=node, report=StreamReport(boot_id=old, streams=(standing,)))


def test_what_a_node_no_longer_names_is_free() -> None:
    node, camera = make_node(), make_live_camera()
    watched(node, camera)
    report(node)
    assert stream_of(camera).state == StreamWorkState.RUNNING  # the report may be older than the claim
    age_streams(node, 11)
    report(node)
    stream = stream_of(camera)
    assert (stream.state, stream.boot_id) == (StreamWorkState.WAITING, None)


def test_what_a_process_before_this_one_took_is_free() -> None:
    node, camera = make_node(), make_live_camera()
    watched(node, camera)
    Stream.objects.update(boot_id=uuid.uuid4(), taken_at=timezone.now() - timedelta(seconds=11))
    report(node)
    assert stream_of(camera).state == StreamWorkState.WAITING


def test_a_node_that_is_drained_hands_over_a_part_at_a_time() -> None:
    node = make_node()
    works = [watched(node, make_live_camera(f"Camera {number}")) for number in range(MOST_HANDED_OVER + 2)]
    WorkerNode.objects.update(draining=True)
    found = orders(node, *works)
    assert (found.count("stop"), found.count("keep")) == (MOST_HANDED_OVER, 2)


def test_a_stream_in_quarantine_is_to_be_stopped() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    Stream.objects.update(state=StreamWorkState.QUARANTINED)
    assert orders(node, work) == ["stop"]


def test_a_stream_given_again_to_the_node_that_still_watches_it_is_claimed_anew() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    give(camera, node)
    assert orders(node, work) == ["renew"]


def test_a_picture_is_asked_for_while_somebody_looks() -> None:
    node, camera, other = make_node(), make_live_camera(), make_live_camera("Other")
    works = watched(node, camera), watched(node, other)
    picture_want(camera.id)
    assert [verdict.picture_wanted for verdict in report(node, *works).verdicts] == [True, False]


def test_a_picture_is_asked_for_as_often_as_somebody_takes_one() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    pictures_want([camera.id], 2.0)
    answer = report(node, work)
    assert answer.verdicts[0].picture_seconds == 2.0
    assert "picture_seconds" in answer.for_version(2).model_dump_json()


def test_a_node_that_reads_the_first_version_of_the_messages_is_told_of_no_pace() -> None:
    node, camera = make_node(), make_live_camera()
    work = watched(node, camera)
    pictures_want([camera.id], 2.0)
    verdict = report(node, work).for_version(1).verdicts[0]
    assert verdict.picture_wanted
    assert "picture_seconds" not in verdict.model_dump_json()
