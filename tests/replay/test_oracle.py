"""What a camera must give does not depend on how its frames were spread over leases, and shows what was skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.replay import oracle
from bench.replay.journal import ReplayJournal, Spans, read_journals
from bench.replay.oracle import Expected, expected_events
from bench.replay.verdict import Found, differences
from tests.replay.cameras import STREAM_ID, played, walking

FRAMES = 400


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "recorded", lambda name: walking())


def found(events: list[Expected]) -> dict[object, Found]:
    return {event.event_id: Found(event.rule_id, event.track_id, event.start_ms, event.end_ms) for event in events}


def test_somebody_passes_once_a_lap() -> None:
    events = expected_events([played((0, FRAMES - 1))])
    lap = 30 + 15
    assert abs(len(events) - FRAMES / lap) <= 1
    assert len({event.event_id for event in events}) == len(events)


def test_leases_change_nothing() -> None:
    whole = expected_events([played((0, FRAMES - 1))])
    parts = expected_events([played((0, 149)), played((150, 160), (161, FRAMES - 1), epoch=2)])
    assert parts == whole


def test_skipped_frames_are_not_analysed() -> None:
    whole = expected_events([played((0, FRAMES - 1))])
    assert len(expected_events([played((0, 99), (300, FRAMES - 1))])) < len(whole) - 2


def test_what_is_as_expected_is_no_difference() -> None:
    events = expected_events([played((0, FRAMES - 1))])
    assert differences(found(events), events) == []  # type: ignore[arg-type]


def test_an_event_that_is_missing_too_many_or_another_is_named() -> None:
    events = expected_events([played((0, FRAMES - 1))])
    rows = found(events)
    first, second, third = list(rows)[:3]
    rows["doubled"] = rows[third]
    del rows[first]
    rows[second] = Found(rule_id=1, track_id=99, start_ms=0, end_ms=0)
    told = differences(rows, events)  # type: ignore[arg-type]
    assert [sentence.split(":")[0] for sentence in told] == ["missing", "not expected", "differs"]


def test_numbers_that_follow_one_another_are_one_span() -> None:
    spans = Spans()
    for number in (5, 6, 7, 9, 10, 20):
        spans.add(number)
    assert spans.as_tuples() == ((5, 7), (9, 10), (20, 20))


def test_journals_are_read_by_stream_in_the_order_of_leases(tmp_path: Path) -> None:
    paths = [tmp_path / "north", tmp_path / "south"]
    ReplayJournal(paths[0]).write(played((50, 60), epoch=2))
    ReplayJournal(paths[1]).write(played((0, 49), epoch=1))
    assert [lease.epoch for lease in read_journals(paths)[STREAM_ID]] == [1, 2]
