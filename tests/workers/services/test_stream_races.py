"""Two at the same time: orchestrators, nodes, a release and an expiry. One of them wins, and nothing is doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from events.models import Event
from events.services import event_ingest
from tests.workers.fleet import (
    claim_of,
    give,
    grow_silent,
    make_live_camera,
    release,
    report,
    start_of,
    stream_of,
    taken_over,
    watched,
)
from tests.workers.leased import boot, boot_id, make_node
from workers.choices import StreamWorkState
from workers.errors import LeaseLostError, SupersededError
from workers.models import Stream, StreamLease
from workers.services.leadership import Leadership
from workers.services.orchestrating import Orchestrator
from workers.services.reconciling import reconcile
from workers.services.stream_leases import stream_claim
from workers.services.waking import reconcile_soon

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run all at once, each on a connection of its own; the results, or the refusals, in their order."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return work()
        except (LeaseLostError, SupersededError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def test_two_orchestrators_at_once_give_each_stream_to_one_node() -> None:
    nodes = [make_node(name) for name in ("north", "south")]
    cameras = [make_live_camera(f"Camera {number}") for number in range(6)]
    together(reconcile, reconcile, reconcile)
    together(reconcile, reconcile)
    streams = Stream.objects.all()
    assert len(streams) == len(cameras)
    claims = [claim_of(node, stream) for stream in streams for node in nodes]
    assert sum(work is not None for work in claims) == len(cameras)


def test_the_same_claim_twice_at_once_begins_two_leases_one_after_the_other() -> None:
    node, camera = make_node(), make_live_camera()
    reconcile()
    stream, boot_now = stream_of(camera), boot_id(node)

    def claim() -> int:
        work = stream_claim(node=node, boot_id=boot_now, stream_id=stream.id)
        assert work is not None
        return work.epoch

    assert sorted(together(claim, claim)) == [1, 2]
    assert StreamLease.objects.filter(until_ms=None).get().epoch == 2


def test_of_two_nodes_that_claim_the_same_stream_one_gets_it() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    reconcile()
    stream = give(camera, south)
    claims = together(lambda: claim_of(north, stream), lambda: claim_of(south, stream))
    assert [work is not None for work in claims] == [False, True]


def test_a_release_and_an_expiry_at_once_free_the_stream_once() -> None:
    north, camera = make_node(), make_live_camera()
    work = watched(north, camera)
    grow_silent(north)
    make_node("south")
    together(lambda: release(north, work, state={"last": 1}), reconcile, reconcile)
    reconcile()
    stream = stream_of(camera)
    assert (stream.state, stream.stops, stream.epoch) == (StreamWorkState.ASSIGNED, 0, 1)
    assert StreamLease.objects.count() == 1


def test_a_report_and_a_claim_by_another_leave_one_holder() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    work = watched(north, camera)
    grow_silent(north)
    stream = give(camera, south)
    together(lambda: report(north, work), lambda: claim_of(south, stream))
    assert stream_of(camera).node == south
    assert [verdict.order for verdict in report(north, work).verdicts] == ["lost"]


def test_a_late_event_and_the_next_claim_at_once_lose_no_open_event() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    first = watched(north, camera)
    stream = give(camera, south)
    start = start_of(first, start_ms=0)
    _, work = together(lambda: event_ingest(node=north, submission=start), lambda: claim_of(south, stream))
    event = Event.objects.get()
    told = [known.event_id for known in work.open_events]
    assert told == ([event.id] if event.held_epoch == 2 else [])


def test_a_process_that_starts_and_one_that_claims_at_once_leave_no_stream_to_nobody() -> None:
    node, camera = make_node(), make_live_camera()
    reconcile()
    stream, old = stream_of(camera), boot_id(node)
    together(lambda: stream_claim(node=node, boot_id=old, stream_id=stream.id), lambda: boot(node))
    Stream.objects.filter(state=StreamWorkState.RUNNING).update(taken_at=stream.started_at.replace(year=2020))
    node.refresh_from_db()
    report(node)
    reconcile()
    assert stream_of(camera).state in (StreamWorkState.ASSIGNED, StreamWorkState.WAITING)
    assert taken_over(node, camera).epoch <= 2


# --- the leader ------------------------------------------------------------------------------------------------------


def test_one_leads_and_the_next_takes_over_when_its_connection_ends() -> None:
    with Leadership() as second:
        with Leadership() as first:
            assert first.take()
            assert not second.take()
        assert second.take()


def test_a_leader_hears_who_wants_a_turn() -> None:
    with Leadership() as leader:
        assert not leader.wait(0.01)
        reconcile_soon()
        assert leader.wait(60)


def test_an_orchestrator_that_loses_its_connection_leads_again() -> None:
    orchestrator = Orchestrator()

    def run() -> None:
        orchestrator.run()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        for _ in range(2):
            before = orchestrator.turns
            _until(lambda: orchestrator.turns > before)  # noqa: B023
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'vms-orchestrator' AND datname = current_database()"
                )
        before = orchestrator.turns
        _until(lambda: orchestrator.turns > before)
    finally:
        orchestrator.stop()
        thread.join(60)
    assert not thread.is_alive()


def _until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1_200):
        if holds():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come")
