"""The next process is told which streams were inside a library when this one died."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path

import pytest

from workers.runtime.live.computing import ComputeTurns
from workers.runtime.streams import journal as journal_module
from workers.runtime.streams.journal import MOST_DECODING, SLOTS, StreamJournal


def stream(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


def suspects(folder: Path) -> set[tuple[int, int]]:
    return {(stopped.stream_id.int, stopped.epoch) for stopped in StreamJournal(folder).stopped}


def test_only_those_inside_are_named(tmp_path: Path) -> None:
    journal = StreamJournal(tmp_path)
    inferring, decoding, idle = (journal.slot(stream(number), number * 10) for number in (1, 2, 3))
    inferring.marks.inferring.__enter__()
    decoding.marks.decoding.__enter__()
    with idle.marks.decoding, idle.marks.inferring:
        pass
    assert suspects(tmp_path) == {(1, 10), (2, 20)}


def test_an_end_in_order_names_nobody(tmp_path: Path) -> None:
    journal = StreamJournal(tmp_path)
    journal.slot(stream(1), 1).marks.decoding.__enter__()
    journal.clear()
    assert suspects(tmp_path) == set()


def test_each_end_is_told_once(tmp_path: Path) -> None:
    StreamJournal(tmp_path).slot(stream(1), 1).marks.decoding.__enter__()
    assert suspects(tmp_path) == {(1, 1)}
    assert suspects(tmp_path) == set()


def test_an_error_inside_leaves_no_mark(tmp_path: Path) -> None:
    slot = StreamJournal(tmp_path).slot(stream(1), 1)
    with pytest.raises(ValueError, match="damaged"), slot.marks.decoding:
        raise ValueError("damaged")
    assert suspects(tmp_path) == set()


def test_a_crowd_of_decoders_tells_nothing_about_any_of_them(tmp_path: Path) -> None:
    journal = StreamJournal(tmp_path)
    for number in range(MOST_DECODING + 1):
        journal.slot(stream(number + 1), 1).marks.decoding.__enter__()
    journal.slot(stream(99), 1).marks.inferring.__enter__()
    assert suspects(tmp_path) == {(99, 1)}


def test_a_crowd_with_the_detector_are_suspects_all_of_them(tmp_path: Path) -> None:
    journal = StreamJournal(tmp_path)
    for number in range(20):
        journal.slot(stream(number + 1), 1).marks.inferring.__enter__()
    assert suspects(tmp_path) == {(number + 1, 1) for number in range(20)}


def test_whoever_waits_for_the_detector_is_not_inside(tmp_path: Path) -> None:
    journal = StreamJournal(tmp_path)
    marks = [journal.slot(stream(number), 1).marks.inferring for number in (1, 2)]
    for mark in marks:
        mark.__enter__()
        mark.step_out()
    marks[1].step_in()
    assert suspects(tmp_path) == {(2, 1)}


@pytest.mark.parametrize("where", ["decoding", "inferring"])
def test_of_several_suspects_one_is_inside_at_a_time_and_others_do_not_wait(tmp_path: Path, where: str) -> None:
    journal = StreamJournal(tmp_path)
    marks = [journal.slot(stream(number), 1, is_suspect=number < 3).marks for number in (1, 2, 3)]
    first, second, innocent = (getattr(each, where) for each in marks)
    first.__enter__()
    entered = threading.Event()

    def look() -> None:
        with second:
            entered.set()

    thread = threading.Thread(target=look)
    thread.start()
    with innocent:
        assert not entered.wait(0.1)
        assert suspects(tmp_path) == {(1, 1), (3, 1)}
    first.__exit__()
    assert entered.wait(10)
    thread.join()


@pytest.mark.parametrize("where", ["decoding", "inferring"])
def test_a_suspect_that_waits_for_another_lets_the_other_cameras_compute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    turns, is_computing = ComputeTurns(1, patience_seconds=10), threading.Event()
    monkeypatch.setattr(journal_module, "COMPUTING", turns)
    journal = StreamJournal(tmp_path)
    first, second = (getattr(journal.slot(stream(number), 1, is_suspect=True).marks, where) for number in (1, 2))

    def look() -> None:
        with turns.turn():
            is_computing.set()
            with second:
                pass

    waiting = threading.Thread(target=look)
    with first:
        waiting.start()
        assert is_computing.wait(30)
        with turns.turn():
            assert turns.has_one
    waiting.join(30)
    assert not waiting.is_alive()


def test_suspicion_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "SUSPECT_SECONDS", 0.0)
    journal = StreamJournal(tmp_path)
    first, second = (journal.slot(stream(number), 1, is_suspect=True).marks.inferring for number in (1, 2))
    with first, second:
        assert not first.alone


def test_a_renewed_lease_has_its_epoch(tmp_path: Path) -> None:
    slot = StreamJournal(tmp_path).slot(stream(1), 1)
    slot.marks.decoding.__enter__()
    slot.hold(stream(1), 2)
    assert suspects(tmp_path) == {(1, 2)}


def test_places_are_used_again_and_a_full_journal_does_no_harm(tmp_path: Path) -> None:
    journal = StreamJournal(tmp_path)
    slots = [journal.slot(stream(number + 1), 1) for number in range(SLOTS + 1)]
    assert len({slot.position for slot in slots}) == SLOTS + 1
    with slots[-1].marks.decoding:
        pass
    for slot in slots:
        journal.give_back(slot)
    assert journal.slot(stream(1), 1).position is not None
