"""Streams come and go as the platform says, and as leases run out."""

from __future__ import annotations

import sqlite3
import time
import uuid
from dataclasses import replace

import pytest

from rules.engine.track_log import decode_segment, read_header
from tests.engine.walks import frame
from tests.runtime.live.watch import until
from tests.runtime.outbox_entries import start
from tests.runtime.streams.conftest import Fleet
from tests.runtime.streams.platform import IdleRunner
from workers.runtime.contract import StreamWork
from workers.runtime.live.runner import LiveSink
from workers.runtime.outbox import EVENT_KINDS, TRACK_KINDS
from workers.runtime.streams import host as host_module
from workers.runtime.streams import unwritten
from workers.runtime.streams.sink import StreamGoneError

GATE, YARD = uuid.UUID(int=1), uuid.UUID(int=2)


def begun(fleet: Fleet, stream_id: uuid.UUID = GATE) -> IdleRunner:
    fleet.service.host.watch(stream_id)
    until(lambda: stream_id in [held.stream_id for held in fleet.service.host.streams()], "the stream")
    return next(runner for runner in reversed(fleet.runners.made) if runner.work.stream_id == stream_id)


def reported(fleet: Fleet) -> list[tuple[uuid.UUID, int]]:
    newest = fleet.platform.reports[-1:]
    return [(standing.stream_id, standing.epoch) for report in newest for standing in report.streams]


def test_an_order_that_comes_three_times_begins_one_stream(fleet: Fleet) -> None:
    for _ in range(3):
        fleet.service.host.watch(GATE)
    runner = begun(fleet)
    until(lambda: reported(fleet) == [(GATE, 1)], "the report")
    assert fleet.runners.made == [runner]
    assert runner.is_running


def test_a_stream_goes_on_with_its_saved_state_at_the_platforms_time(fleet: Fleet) -> None:
    fleet.platform.states[GATE] = {"tracker": {"rows": ["seven"]}}
    fleet.platform.wrong_clock_ms = 600_000
    until(lambda: fleet.client.clock.milliseconds() > fleet.platform.clock_ms() - 1_000, "the platform's time")
    runner = begun(fleet)
    assert runner.work.state == {"tracker": {"rows": ["seven"]}}
    assert 59_000 < runner.work.now_ms < 70_000
    assert 59_000 < runner.now_ms() < 70_000


def test_a_stream_that_is_to_stop_is_released_with_its_state(fleet: Fleet) -> None:
    runner = begun(fleet)
    runner.memory = {"seven": 7}
    fleet.platform.orders[GATE] = "stop"
    until(lambda: fleet.platform.releases, "the release")
    until(lambda: runner.is_closed, "the end")
    (released,) = fleet.platform.releases
    assert released[0] == GATE
    assert released[1].state == {"tracker": {"rows": [{"seven": 7}]}}
    assert not released[1].failed
    assert not runner.is_running


def test_a_stream_that_is_anothers_takes_no_more_events_and_is_not_released(fleet: Fleet) -> None:
    runner = begun(fleet)
    runner.sink.started(start())
    fleet.platform.epochs[GATE] += 1
    until(lambda: runner.is_closed, "the end")
    with pytest.raises(StreamGoneError):
        runner.sink.started(start())
    assert len(fleet.outbox.due(EVENT_KINDS, 10)) == 1
    assert fleet.platform.releases == []
    assert not fleet.service.host.streams()


def test_new_zones_and_rules_come_to_the_same_runner(fleet: Fleet) -> None:
    runner = begun(fleet)
    fleet.platform.orders[GATE] = "renew"
    until(lambda: runner.renewed and (GATE, 2) in reported(fleet), "the renewal")
    assert runner.is_running
    assert fleet.runners.made == [runner]


def test_a_refusal_of_the_lease_that_is_being_renewed_ends_nothing(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = begun(fleet)

    def renew(work: StreamWork, sink: LiveSink) -> bool:
        fleet.service.host.lease_lost(GATE, 1)
        return IdleRunner.renew(runner, work, sink)

    monkeypatch.setattr(runner, "renew", renew)
    fleet.platform.orders[GATE] = "renew"
    until(lambda: (GATE, 2) in reported(fleet), "the renewal")
    assert runner.is_running
    assert fleet.runners.made == [runner]


def test_a_new_address_takes_a_new_runner_that_goes_on_from_the_old_ones_memory(fleet: Fleet) -> None:
    runner = begun(fleet)
    runner.renews, runner.memory = False, {"seven": 7}
    fleet.platform.orders[GATE] = "renew"
    until(lambda: len(fleet.runners.made) == 2 and runner.is_closed, "the other runner")
    assert not runner.is_running
    assert fleet.runners.made[1].is_running
    assert fleet.runners.made[1].work.state == {"tracker": {"rows": [{"seven": 7}]}}
    assert fleet.platform.releases == []
    until(lambda: not runner.outfit.folder.exists(), "its folder to go")
    assert fleet.runners.made[1].outfit.folder.exists()
    until(lambda: (GATE, 2) in reported(fleet), "the report")
    fleet.runners.made[1].memory = {"eight": 8}
    fleet.runners.made[1].sink.started(start())
    until(lambda: fleet.platform.states.get(GATE) == {"tracker": {"rows": [{"eight": 8}]}}, "its state")


@pytest.mark.parametrize("renews", [True, False])
def test_an_event_that_waits_for_room_on_the_disk_outlasts_its_lease(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, renews: bool
) -> None:
    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(unwritten, "TRY_SECONDS", 0)
    runner, event = begun(fleet), start()
    runner.renews = renews
    with monkeypatch.context() as full_disk:
        full_disk.setattr(fleet.outbox, "_insert", refuse)
        runner.sink.started(event)
        fleet.platform.orders[GATE] = "renew"
        until(lambda: (GATE, 2) in reported(fleet), "the renewal")
    fleet.runners.made[-1].sink.progress(0, 1)
    assert [entry.event_id for entry in fleet.outbox.due(EVENT_KINDS, 10)] == [event.event_id]


def kept_tracks(fleet: Fleet) -> list[tuple[int, list[int]]]:
    """Of each segment in the outbox: under which lease it was written, and the times of its frames."""
    files = [entry.file.read_bytes() for entry in fleet.outbox.due(TRACK_KINDS, 10) if entry.file]
    return [(read_header(data).epoch, [each.timestamp_ms for each in decode_segment(data)]) for data in files]


@pytest.mark.parametrize("order", ["stop", "lost"])
def test_what_was_tracked_is_kept_when_the_stream_ends_here(fleet: Fleet, order: str) -> None:
    runner = begun(fleet)
    for at_ms in (200, 400):
        runner.sink.tracked(frame(at_ms, {}))
    fleet.platform.orders[GATE] = order
    until(lambda: kept_tracks(fleet) == [(1, [200, 400])], "its tracks")


def test_what_was_tracked_under_earlier_rules_is_kept_apart(fleet: Fleet) -> None:
    runner = begun(fleet)
    runner.sink.tracked(frame(200, {}))
    fleet.platform.orders[GATE] = "renew"
    until(lambda: kept_tracks(fleet) == [(1, [200])], "the tracks before")
    runner.sink.tracked(frame(400, {}))
    fleet.service.host.stop(3.0)
    until(lambda: kept_tracks(fleet) == [(1, [200]), (2, [400])], "the tracks after")


def test_a_runner_that_breaks_is_released_as_failed(fleet: Fleet) -> None:
    runner = begun(fleet)
    runner.failure = ValueError("a strange picture")
    until(lambda: fleet.platform.releases, "the release")
    assert fleet.platform.releases[0][1].failed
    assert "a strange picture" in fleet.platform.releases[0][1].reason


def test_a_stream_that_cannot_begin_is_released_as_failed_and_others_begin(fleet: Fleet) -> None:
    fleet.runners.broken = ValueError("no such thing")
    fleet.service.host.watch(GATE)
    until(lambda: fleet.platform.releases, "the release")
    assert fleet.platform.releases[0][1].failed
    fleet.runners.broken = None
    assert begun(fleet, YARD).is_running


def given_up(fleet: Fleet, runner: IdleRunner) -> bool:
    """As the node looks now and then: an answer that was still on its way puts it off."""
    fleet.service.look_after()
    return runner.is_closed


def test_a_node_that_cannot_report_watches_on_and_nothing_changes_when_it_can_again(fleet: Fleet) -> None:
    runner = begun(fleet)
    fleet.service.host.lease_clock.lease_seconds = 0.2
    fleet.platform.away = True
    asked_at = time.monotonic()
    until(lambda: time.monotonic() - asked_at > 0.5, "more than a lease")
    fleet.service.look_after()
    reports = len(fleet.platform.reports)
    fleet.platform.away = False
    until(lambda: len(fleet.platform.reports) > reports, "the next report")
    assert runner.is_running
    assert [held.work.epoch for held in fleet.service.host.streams()] == [1]


def test_a_node_that_could_not_report_for_very_long_stops_and_begins_again_when_told(fleet: Fleet) -> None:
    runner = begun(fleet)
    fleet.platform.away = True
    fleet.service.host.lease_clock.patience_seconds = 0.5
    until(lambda: given_up(fleet, runner), "the end of its patience")
    assert not runner.is_running
    fleet.platform.away = False
    fleet.service.host.lease_clock.patience_seconds = 60
    assert begun(fleet).work.epoch == 2


def test_a_node_that_the_platform_will_not_have_stops_when_its_lease_ends(fleet: Fleet) -> None:
    runner = begun(fleet)
    fleet.service.host.lease_clock.lease_seconds = 0.5
    fleet.platform.disallows = True
    until(lambda: given_up(fleet, runner), "the end of the lease")


def test_at_the_end_every_stream_is_handed_over(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "RELEASE_SECONDS", 60.0)
    runners = [begun(fleet, uuid.UUID(int=number)) for number in range(1, 41)]
    fleet.service.stop(60.0)
    assert {stream_id for stream_id, _ in fleet.platform.releases} == {runner.work.stream_id for runner in runners}
    assert not any(runner.is_running for runner in runners)
    assert not fleet.service.host.streams()
    fleet.service.host.watch(YARD)
    assert not fleet.service.host.streams()


def test_a_stream_is_claimed_again_when_it_is_ordered_while_it_ends(fleet: Fleet) -> None:
    begun(fleet)
    held = fleet.service.host.streams()[0]
    fleet.service.host.lease_lost(GATE, 1)
    fleet.service.host.watch(GATE)
    until(lambda: [stream.work.epoch for stream in fleet.service.host.streams()] == [2], "the next lease")
    assert held not in fleet.service.host.streams()


def test_the_memory_for_packets_is_shared_out(fleet: Fleet) -> None:
    small, large = begun(fleet, GATE), begun(fleet, YARD)
    fleet.service.host.settings = replace(fleet.service.host.settings, ring_bytes=50_000_000)
    small.ring_bytes, large.ring_bytes = 10_000_000, 60_000_000
    until(lambda: large.ring_limit == 40_000_000, "its share")
