"""Events that another host left open are gone on with, or ended."""

from __future__ import annotations

import uuid

from rules.engine.transitions import Ended, Started
from workers.runtime.contract import OpenStreamEvent, event_key
from workers.runtime.event_names import ADOPTION_MS, EYES_OPEN_MS, EventNames

OWNER = uuid.UUID(int=9)
OPEN = OpenStreamEvent(event_id=uuid.UUID(int=1), rule_id=4, rule_version=2, track_id=7, start_ms=1_000)


def started(*, track_id: int = 7, start_ms: int = 3_000) -> Started:
    return Started(
        rule_id=4,
        version=2,
        track_id=track_id,
        start_ms=start_ms,
        at_ms=start_ms,
        class_name="person",
        confidence=0.9,
        box_xyxy=(0, 0, 1, 1),
        evidence={},
    )


def ended(*, track_id: int = 7, start_ms: int = 3_000) -> Ended:
    return Ended(4, 2, track_id, start_ms, 9_000)


def test_what_the_rules_find_again_is_the_open_event_to_its_end() -> None:
    names = EventNames(OWNER, None, open_events=[OPEN], next_track_id=8)
    assert names.started(started()) == (OPEN.event_id, False)
    assert names.ended(ended()) == OPEN.event_id
    assert names.overdue(0) == names.overdue(ADOPTION_MS * 2) == []


def test_who_is_there_when_this_host_begins_to_look_may_be_whom_the_last_one_numbered_alike() -> None:
    names = EventNames(OWNER, None, open_events=[OPEN], next_track_id=7)
    names.seen([], 2_000)
    names.seen([7], 2_000 + EYES_OPEN_MS)
    assert names.started(started(start_ms=9_000)) == (OPEN.event_id, False)


def test_who_comes_later_is_somebody_else_though_both_hosts_give_the_same_number() -> None:
    names = EventNames(OWNER, None, open_events=[OPEN], next_track_id=7)
    names.seen([], 2_000)
    names.seen([7], 2_001 + EYES_OPEN_MS)
    assert names.started(started(start_ms=6_000)) == (event_key(OWNER, 4, 2, 7, 6_000), True)
    assert names.overdue(2_001 + ADOPTION_MS) == [(OPEN.event_id, 2_000)]


def test_the_next_event_of_the_same_track_is_its_own() -> None:
    names = EventNames(OWNER, None, open_events=[OPEN], next_track_id=8)
    names.started(started())
    names.ended(ended())
    assert names.started(started(start_ms=10_000)) == (event_key(OWNER, 4, 2, 7, 10_000), True)


def test_an_event_of_another_track_is_new() -> None:
    names = EventNames(OWNER, None, open_events=[OPEN])
    assert names.started(started(track_id=8)) == (event_key(OWNER, 4, 2, 8, 3_000), True)


def test_the_next_host_knows_the_name_that_was_taken_up() -> None:
    names = EventNames(OWNER, None, open_events=[OPEN], next_track_id=8)
    names.started(started())
    rules = {"open": [[4, 2, 7, 3_000]]}
    later = EventNames(OWNER, rules, names.names(), open_events=[OPEN])
    assert later.waiting() == ()
    assert later.ended(ended()) == OPEN.event_id


def test_what_the_saved_rules_know_waits_for_nothing() -> None:
    own = OPEN.model_copy(update={"event_id": event_key(OWNER, 4, 2, 7, 1_000)})
    names = EventNames(OWNER, {"open": [[4, 2, 7, 1_000]]}, open_events=[own])
    assert names.overdue(0) == names.overdue(ADOPTION_MS * 2) == []
    assert names.ended(ended(start_ms=1_000)) == own.event_id


def test_what_is_not_found_again_ends_where_this_host_began_to_look() -> None:
    names = EventNames(OWNER, None, open_events=[OPEN])
    assert names.overdue(5_000) == []
    assert names.overdue(5_000 + ADOPTION_MS) == []
    assert names.overdue(5_001 + ADOPTION_MS) == [(OPEN.event_id, 5_000)]
    assert names.overdue(5_002 + ADOPTION_MS) == []


def test_no_event_ends_before_it_began() -> None:
    names = EventNames(OWNER, None, open_events=[OPEN])
    assert names.give_up(500) == [(OPEN.event_id, 1_000)]
