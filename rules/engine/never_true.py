"""What can never be true: more than an instant of a crossing, or two parts together that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules.engine.basics import Document
from rules.engine.clauses import word_of
from rules.engine.clauses.base import Arguments
from rules.engine.clauses.schedule import DAYS, Schedule

Path = tuple[str | int, ...]
Passings = frozenset[tuple[str, str]]
"""Lines, each with a direction in which it is passed."""
DIRECTIONS = ("left_to_right", "right_to_left")
PARTS = ("that", "first", "next", "without")

CANNOT_LAST = "this is over in an instant and cannot last: “times” and “rate” say how often, “then” what follows it"
NEVER_TOGETHER = "two of these are over in an instant and never happen in the same one: “then” says which comes first"
NEVER_OPEN = "the times of these schedules never meet: put them under “any” if one of them is enough"
OPPOSITES = "one of these is “not” another one, so that they are never true together"
ALWAYS = "there are always that many: say 1 or more, or “at_most”"
DAY, WEEK = 1440, 7 * 1440
"""In minutes."""
NOT_AT_ONCE = "this is over in an instant, so that several never do it at once: use “rate”, within a time"


def never_true(clause: Document, path: Path) -> Iterator[tuple[Path, str]]:
    """Each part of the tree that can never be true, by its path in the document, and why."""
    word, words = _read(clause)
    path = (*path, word)
    if word == "all" and _is_torn([each for each in map(passings, words) if each]):
        yield path, NEVER_TOGETHER
    elif word == "all" and _exclude_each_other(words):
        yield path, OPPOSITES
    elif word == "all" and not _meet([each.schedule for each in words if word_of(each) == "schedule"]):
        yield path, NEVER_OPEN
    elif word == "count" and words.at_least == 0 and words.at_most is None:
        yield (*path, "at_least"), ALWAYS
    elif word == "lasting" and passings(words.that):
        yield (*path, "that"), CANNOT_LAST
    elif word == "count" and words.that is not None and passings(words.that) and (words.at_least or 0) > 1:
        yield (*path, "that"), NOT_AT_ONCE
    for place, part in _parts(words):
        yield from never_true(part, (*path, *place))


def passings(clause: Document) -> Passings:
    """The passings of lines in whose instants alone the clause is true; none: it can be true for longer."""
    word, words = _read(clause)
    if word in ("crosses", "tailgating"):
        directions = DIRECTIONS if words.direction == "any" else (words.direction,)
        return frozenset((words.line, each) for each in directions)
    if word == "then":
        return passings(words.next)
    if word not in ("all", "any"):
        return frozenset()
    parts = [passings(each) for each in words]
    lasts = word == "any" and not all(parts)
    return frozenset() if lasts else frozenset().union(*parts)


def _is_torn(instants: list[Passings]) -> bool:
    """Whether no passing is among those of all of them."""
    return bool(instants) and not frozenset.intersection(*instants)


def _exclude_each_other(parts: tuple[Document, ...]) -> bool:
    return any(_read(each)[1] in parts for each in parts if word_of(each) == "not")


def _meet(schedules: list[Schedule]) -> bool:
    """Whether there is a minute of the week that is in all of them; any day may be a holiday."""
    minutes = (1 << WEEK) - 1
    for each in schedules:
        minutes &= _minutes(each)
    return bool(minutes)


def _minutes(schedule: Schedule) -> int:
    """A bit for each of the week."""
    start, end = (int(hour) * 60 + int(minute) for hour, minute in (schedule.start.split(":"), schedule.end.split(":")))
    whole = (1 << ((end - start) % DAY or DAY)) - 1
    days = DAYS if schedule.holidays in ("only", "included") else schedule.days
    found = 0
    for day in days:
        found |= whole << (DAYS.index(day) * DAY + start)
    # The night to Monday begins on Sunday.
    return (found | found >> WEEK) & ((1 << WEEK) - 1)


def _read(clause: Document) -> tuple[str, Any]:
    word = word_of(clause)
    assert word is not None  # noqa: S101  a clause that was read has one
    return word, getattr(clause, word)


def _parts(words: Any) -> Iterator[tuple[Path, Document]]:  # noqa: ANN401 a clause's words, a clause, or several
    if isinstance(words, tuple):
        yield from (((number,), each) for number, each in enumerate(words))
    elif isinstance(words, Arguments):
        found = [(name, getattr(words, name, None)) for name in PARTS]
        yield from (((name,), each) for name, each in found if each is not None)
    elif isinstance(words, Document):
        yield (), words
