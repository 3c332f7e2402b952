"""What runs beside the reports: states are saved, pictures are sent where somebody looks."""

from __future__ import annotations

import threading
import time
import uuid
from itertools import pairwise

import pytest

from tests.runtime.live.watch import until
from tests.runtime.outbox_entries import end, start
from tests.runtime.streams.conftest import Fleet
from tests.runtime.streams.test_host import GATE, YARD, begun
from workers.runtime.streams import saving
from workers.runtime.streams.journal import StreamJournal


def saved(fleet: Fleet, stream_id: uuid.UUID = GATE) -> list[object]:
    return [state["tracker"]["rows"][0] for owner, state in list(fleet.platform.saves) if owner == stream_id]


def test_a_state_is_saved_at_once_when_an_event_starts_and_when_it_ends(fleet: Fleet) -> None:
    runner = begun(fleet)
    until(lambda: saved(fleet) == [{}], "the first state")
    event = start()
    runner.memory = {"open": 1}
    runner.sink.started(event)
    until(lambda: saved(fleet) == [{}, {"open": 1}], "the state with the event")
    runner.memory = {"open": 0}
    runner.sink.ended(end(event))
    until(lambda: saved(fleet) == [{}, {"open": 1}, {"open": 0}], "the state after it")


def test_what_has_not_changed_is_not_saved_again(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(saving, "LOOK_SECONDS", 0.01)
    runner = begun(fleet)
    until(lambda: saved(fleet) == [{}], "the first state")
    count = len(fleet.platform.reports)
    until(lambda: len(fleet.platform.reports) > count + 3, "some time")
    assert saved(fleet) == [{}]
    runner.memory = {"seven": 7}
    until(lambda: saved(fleet) == [{}, {"seven": 7}], "what changed")


def test_only_the_newest_state_is_saved_when_the_platform_is_back(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "AWAY_SECONDS", 0.1)
    runner = begun(fleet)
    until(lambda: saved(fleet) == [{}], "the first state")
    fleet.platform.away = True
    for number in range(5):
        runner.memory = {"events": number}
        runner.sink.started(start())
    fleet.platform.away = False
    until(lambda: saved(fleet)[-1] == {"events": 4}, "the newest state")
    assert len(saved(fleet)) <= 3


def test_states_of_several_streams_travel_together(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "LOOK_SECONDS", 30.0)
    runners = begun(fleet, GATE), begun(fleet, YARD)
    until(lambda: saved(fleet, GATE) == saved(fleet, YARD) == [{}], "the first states")
    monkeypatch.setattr(saving, "GATHER_SECONDS", 1.0)
    number, are_near = 0, False
    while not are_near:  # on a busy machine it may take longer to put both on the disk
        until(lambda: not fleet.service.host.changed.is_set(), "calm")
        messages, number, began = len(fleet.platform.saved_together), number + 1, time.monotonic()
        for runner in runners:
            runner.memory = {"events": number}
            runner.sink.started(start())
        are_near = time.monotonic() - began < saving.GATHER_SECONDS
        newest = {"events": number}
        until(lambda: saved(fleet, GATE)[-1] == saved(fleet, YARD)[-1] == newest, "the states with the events")  # noqa: B023
    assert fleet.platform.saved_together[messages:] == [2]


def test_a_state_that_comes_too_late_gives_the_stream_up(fleet: Fleet) -> None:
    runner = begun(fleet)
    fleet.platform.states_are_lost = True
    runner.memory = {"seven": 7}
    runner.sink.started(start())
    until(lambda: runner.is_closed, "the end")
    assert fleet.platform.releases == []


def test_pictures_are_sent_only_of_the_camera_that_somebody_looks_at(fleet: Fleet) -> None:
    begun(fleet, GATE)
    begun(fleet, YARD)
    fleet.platform.pictures_wanted.add(YARD)
    until(lambda: len(fleet.platform.pictures) >= 2, "two pictures")
    (head, jpeg), (second, _) = fleet.platform.pictures[:2]
    assert jpeg == b"jpeg"
    assert head.boxes[0].class_name == "person"
    assert second.at_ms - head.at_ms >= 240  # half a step early at most, by a clock that may run 2 % slower
    fleet.platform.pictures_wanted.clear()
    until(lambda: sent_within(fleet, reports=8) == 0, "an end of the pictures")


def sent_within(fleet: Fleet, *, reports: int) -> int:
    """How many pictures come while the node reports so often, every 0.1 s at most."""
    sent, before = len(fleet.platform.pictures), len(fleet.platform.reports)
    until(lambda: len(fleet.platform.reports) > before + reports, "reports")
    return len(fleet.platform.pictures) - sent


def test_pictures_are_sent_no_more_often_than_the_platform_asks(fleet: Fleet) -> None:
    begun(fleet, GATE)
    fleet.platform.picture_seconds = 1.5
    fleet.platform.pictures_wanted.add(GATE)
    until(lambda: len(fleet.platform.pictures) >= 3, "three pictures")
    moments = [head.at_ms for head, _ in fleet.platform.pictures]
    assert min(after - before for before, after in pairwise(moments)) >= 1_000


def test_the_next_process_knows_which_stream_was_being_decoded_and_an_end_in_order_blames_none(fleet: Fleet) -> None:
    runner = begun(fleet)
    runner.outfit.marks.decoding.__enter__()
    assert [stopped.stream_id for stopped in StreamJournal(fleet.folder).stopped] == [GATE]
    runner.outfit.marks.decoding.__enter__()
    fleet.service.stop(3.0)
    assert StreamJournal(fleet.folder).stopped == ()


def test_reports_that_hang_are_noticed(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()
    monkeypatch.setattr(fleet.service.host, "look_after", goes_on.wait)
    until(lambda: fleet.service.silent_seconds() > 1, "the silence")
    goes_on.set()
    until(lambda: fleet.service.silent_seconds() < 1, "the next report")


def test_an_inference_that_hangs_is_noticed(fleet: Fleet) -> None:
    runner = begun(fleet)
    begun(fleet, YARD)
    with runner.outfit.marks.inferring:
        until(lambda: fleet.service.stuck_seconds() > 1, "the hang")
    assert fleet.service.stuck_seconds() == 0
