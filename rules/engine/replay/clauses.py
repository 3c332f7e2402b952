"""Of each clause: whose tracks can matter to it, and in which frames it can begin to say something else.

Both are answered a little too generously, never too narrowly: a frame that is looked at for nothing costs time, one
that is left out wrongly would cost an event. Clauses that are not known here are watched frame by frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rules.engine.basics import Document, Who
from rules.engine.clauses import word_of
from rules.engine.clauses.base import Held
from rules.engine.clauses.motion import PER_METRE_SECOND, Heading, Speed
from rules.engine.clauses.near import Near
from rules.engine.clauses.stationary import Stationary
from rules.engine.geometry import Flags
from rules.engine.replay.columns import Whole
from rules.engine.replay.sightings import NONE, Sightings
from rules.engine.rule import RuleSpec


class UnknownToReplayError(Exception):
    """Nothing can be said of this rule but by looking at every frame."""


PLACES = ("count", "density", "queue", "absent", "schedule", "rate")
IN_EVERY_FRAME = ("attribute", "wears", "lacks", "pose", "removed", "camera")
"""They ask more than tracks can tell, or look at themselves in every frame."""


def of_scene(clause: Document) -> bool:
    """Whether it is about the place, and not about each track."""
    word, words = _parts(clause)
    if word in ("all", "any"):
        return all(of_scene(each) for each in words)
    if word == "not":
        return of_scene(words)
    if word in ("lasting", "times"):
        return of_scene(words.that)
    return of_scene(words.next) if word == "then" else word in PLACES


TELLING_MORE = ("attribute", "wears", "lacks", "pose", "camera")


def asks_only_tracks(spec: RuleSpec) -> bool:
    """Whether the rule finds the same where nothing is known but classes, confidences and boxes."""
    return not any(
        set(part) & set(TELLING_MORE) or part.get("attributes") or part.get("model")
        for part in _mappings(spec.model_dump(mode="json", exclude={"authored"}))
    )


def asks_for_company(spec: RuleSpec) -> bool:
    """Whether tracks matter that the rule is not about, by being near."""
    return any({"near", "alone"} & set(part) for part in _mappings(spec.model_dump(mode="json", exclude={"authored"})))


def _mappings(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _mappings(each)


class Study:
    """What a rule's clauses make of sightings."""

    def __init__(self, sightings: Sightings, who: Who, subjects: Flags | None = None) -> None:
        """``subjects``: by track, for whom it matters how near others are; None: for everybody."""
        if who.attributes or who.model:
            raise UnknownToReplayError
        self._all = sightings
        self._who = who
        self._subjects = subjects
        self._without_which_nothing: list[Document] = []
        self.fleeting = np.zeros(len(sightings.columns), np.bool_)
        """By frame: something is true in it that does not last as long as it would have to."""
        self.fleeting_moments = self.fleeting.copy()
        """By frame: that begins or ends. An engine that saw it begin has to see it end."""

    # Whose tracks matter.

    def relevant(self, clause: Document) -> Flags:
        """By track number: all others can be taken out of every frame, and the events stay the same.

        But for those who only stand near, see ``asks_for_company``.
        """
        return self._possible(clause) | self._needed(clause)

    def _possible(self, clause: Document) -> Flags:
        """For whom it can ever be true."""
        word, words = _parts(clause)
        match word:
            case "all":
                tracks = [self._possible(each) for each in words if not of_scene(each)]
                return ~_any_of([~each for each in tracks]) if tracks else self._nobody()
            case "any":
                if len({of_scene(each) for each in words}) > 1:
                    raise UnknownToReplayError
                return _any_of([self._possible(each) for each in words])
            case "not":
                return self._nobody() if of_scene(words) else self._everybody(self._who)
            case "lasting" | "times":
                return self._possible(words.that)
            case "then":
                return self._possible(words.next)
            case "crosses" | "tailgating":
                return self.crossing(words.line)
        return self._nobody() if word in PLACES else self._lasting(word, words)

    def _lasting(self, word: str, words: Any) -> Flags:  # noqa: ANN401
        """For whom it is true for long enough.

        Who is ``near`` somebody now and then stays in the frames, for others: so they count who are there long enough.
        """
        match word:
            case "in_zone" | "outside":
                return self._all.lasting(self._standing(words, outside=word == "outside"), words)
            case "stationary":
                there = self._all.whose(self._all.fitting(self._who), words.for_seconds)
                still, anew = self._still(words, there[self._all.track_of])
                return self._all.lasting(still, words, anew)
        return self._all.whose(self._all.fitting(self._who), words.for_seconds)

    def _needed(self, clause: Document) -> Flags:
        """Who beside those can make it true for others, or for the place."""
        word, words = _parts(clause)
        match word:
            case "all" | "any":
                return _any_of([self._needed(each) for each in words])
            case "not":
                return self._needed(words)
            case "lasting" | "times":
                return self._needed(words.that)
            case "rate":
                return self.relevant(words.that)
            case "then":
                return _any_of([self.relevant(each) for each in _steps(words)])
            case "count" | "absent" | "density" | "queue":
                return self._counted(words)
        return self._nobody()

    def _counted(self, words: Any) -> Flags:  # noqa: ANN401  the words of one of several clauses
        inner = self.about(getattr(words, "who", None))
        rows = self._all.fitting(inner._who)
        found = self._all.whose(rows & self._all.inside(words.zone) if words.zone else rows)
        that = getattr(words, "that", None)
        return found if that is None else found | inner._needed(that)

    def crossing(self, line: str) -> Flags:
        """Whose path can ever pass the line between its ends."""
        rows = self._all.fitting(self._who).nonzero()[0]
        found = np.zeros(len(self._all.frames), np.bool_)
        found[rows[self._all.meets(line, rows, self._all.previous(rows))]] = True
        return self._all.whose(found)

    def _everybody(self, who: Who) -> Flags:
        return self._all.whose(self._all.fitting(who))

    def _nobody(self) -> Flags:
        return np.zeros(len(self._all.tracks), np.bool_)

    def about(self, who: Who | None) -> Study:
        return self if who is None else Study(self._all, who, self._subjects)

    # When it can begin to say something else.

    def moments_of_rule(self, clause: Document) -> Flags:
        """As ``moments``, but for what is ``fleeting``."""
        self._without_which_nothing = list(_conditions(clause))
        return self.moments(clause)

    def moments(self, clause: Document) -> Flags:
        """By frame: it may say something else than in the one before, apart from what time alone brings about."""
        word, words = _parts(clause)
        if word in ("all", "any", "lasting", "times", "rate", "then"):
            inner = words if isinstance(words, tuple) else _steps(words) if word == "then" else [words.that]
            return _any_of([self.moments(each) for each in inner])
        match word:
            case "not":
                eligible = self._all.eligible(self._who)
                own = self._nowhere() if of_scene(words) else self.changes(eligible)
                return own | self.moments(words)
            case "in_zone" | "outside":
                return self._lasting_changes(self._standing(words, outside=word == "outside"), words)
            case "crosses" | "tailgating":
                return self.crossings(words.line)
            case "count" | "absent":
                return self._counts(words)
            case "schedule":
                return self._nowhere()
        return self._measured(word, words)

    def _measured(self, word: str, words: Any) -> Flags:  # noqa: ANN401
        """Of what is measured anew in every frame."""
        match word:
            case "speed" if words.unit == "body_heights/s":
                return self._lasting_changes(self._all.eligible(self._who) & words.fits(self._all.speeds), words)
            case "speed":
                return self._metric(words)
            case "heading":
                return self._lasting_changes(self._all.eligible(self._who) & self._heading(words), words)
            case "queue":
                slow = self._all.speeds < words.slower_than
                rows = self._all.eligible(self._who)
                return self.changes(rows & self._all.inside(words.zone)) | self.changes(rows & slow)
            case "near" | "alone":
                true, doubtful = self._company(words, wanted=word == "near")
                true, doubtful = self._of_subjects(true), self._of_subjects(doubtful)
                return self._lasting_changes(true, words, doubtful) | self.busy(doubtful)
            case "stationary":
                still, anew = self._still(words)
                found = self.changes(still)
                found[self._all.frames[anew]] = True
                return found
        return self.busy(self._all.fitting(self.about(getattr(words, "who", None))._who))

    def _standing(self, words: Any, *, outside: bool) -> Flags:  # noqa: ANN401
        if words.overlap is not None:
            inside = _any_of([self._all.overlaps(zone, words.overlap) for zone in words.zone])
        else:
            inside = self._all.inside_any(words.zone, words.point)
        return self._all.eligible(self._who) & (~inside if outside else inside)

    def _still(self, words: Stationary, rows: Flags | None = None) -> tuple[Flags, Flags]:
        eligible = self._all.eligible(self._who)
        return self._all.still(eligible if rows is None else eligible & rows, self._who, words)

    def _metric(self, words: Speed) -> Flags:
        """Those who are a hair's breadth from a bound are looked at in every frame."""
        rows, speeds = self._all.eligible(self._who), self._all.metre_speeds * PER_METRE_SECOND[words.unit]
        doubtful = rows & np.logical_or(*[np.isclose(speeds, bound, rtol=1e-6, atol=1e-6) for bound in words.bounds])
        return self._lasting_changes(rows & words.fits(speeds), words, doubtful) | self.busy(doubtful)

    def _heading(self, words: Heading) -> Flags:
        line = self._all.zones[words.line].points if words.line else ()
        direction = words.direction(line, self._all.columns.aspect)
        return words.fits(self._all.velocities, self._all.speeds, direction)

    def _company(self, words: Near, *, wanted: bool) -> tuple[Flags, Flags]:
        """For whom it is true, and for whom that is not certain."""
        others = self._all.eligible(Who(classes=words.classes, min_confidence=words.min_confidence))
        rows = self._all.eligible(self._who)
        near, doubtful = self._all.near(rows, others, words)
        return rows & (near == wanted), doubtful

    def _of_subjects(self, rows: Flags) -> Flags:
        return rows if self._subjects is None else rows & self._subjects[self._all.track_of]

    def _counts(self, words: Any) -> Flags:  # noqa: ANN401
        inner = self.about(getattr(words, "who", None))
        if getattr(words, "that", None) is not None:
            rows = self._all.eligible(inner._who)
            here = rows & self._all.inside(words.zone) if words.zone else rows
            return inner.moments(words.that) | self.changes(here)
        rows = self._all.eligible(inner._who)
        found = self._count(rows & self._all.inside(words.zone) if words.zone else rows)
        least, most = getattr(words, "at_least", None) or 0, getattr(words, "at_most", 0)
        fits = found >= least if most is None else (found >= least) & (found <= most)
        return np.concatenate((fits[:1], fits[1:] != fits[:-1]))

    def _lasting_changes(self, rows: Flags, words: Held, doubtful: Flags | None = None) -> Flags:
        """Where it begins or ends for those for whom it lasts long enough; the rest is ``fleeting``.

        Only of what has to be true for the rule to find anything: else it stands in the evidence of something else.
        """
        if not words.for_seconds or not any(each is words for each in self._without_which_nothing):
            return self.changes(rows)
        fleeting = rows & ~self._all.long(rows, words)
        if doubtful is not None:
            fleeting &= ~self._all.whose(doubtful)[self._all.track_of]
        self.fleeting |= self._count(fleeting) > 0
        self.fleeting_moments |= self.changes(fleeting)
        return self.changes(rows & ~fleeting)

    def changes(self, rows: Flags) -> Flags:
        """The frames in which other tracks have such a row than in the frame before."""
        those = rows.nonzero()[0]
        previous = self._all.previous(those)
        frames = self._all.frames[those]
        stay = (previous != NONE) & (frames[previous] == frames - 1)
        count = np.bincount(frames, minlength=len(self._all.columns))
        stayed = np.bincount(frames[stay], minlength=len(self._all.columns))
        before = np.concatenate(([0], count[:-1]))
        found: Flags = (count != before) | (stayed != count)
        return found

    def busy(self, rows: Flags) -> Flags:
        """The frames that have such a row, and those just after one."""
        found: Flags = self._count(rows) > 0
        found[1:] |= found[:-1].copy()
        return found

    def crossings(self, line: str) -> Flags:
        """All frames in which a track does not stand clearly on the side of the line on which it just stood.

        The frame before such a step, and a track's last one before it is lost, are among them: from there its path
        is drawn on.
        """
        rows = self._all.fitting(self._who).nonzero()[0]
        sides, frames, previous = self._all.sides(line, rows), self._all.frames[rows], self._all.previous(rows)
        calm = (previous != NONE) & (frames[previous] == frames - 1) & (sides != 0) & (sides[previous] == sides)
        found = self._nowhere()
        found[frames[~calm]] = True
        stirred = previous[~calm & (previous != NONE)]
        found[frames[stirred]] = True
        last = np.ones(len(rows), np.bool_)
        last[previous[previous != NONE]] = False
        found[frames[last]] = True
        return found

    def _count(self, rows: Flags) -> Whole:
        return np.bincount(self._all.frames[rows], minlength=len(self._all.columns))

    def _nowhere(self) -> Flags:
        return np.zeros(len(self._all.columns), np.bool_)


def _conditions(clause: Document) -> Iterator[Document]:
    """The words of all that has to be true for the whole to be true."""
    word, words = _parts(clause)
    if word != "all":
        yield words
        return
    for each in words:
        yield from _conditions(each)


def _any_of(parts: list[Flags]) -> Flags:
    found: Flags = np.logical_or.reduce(parts)
    return found


def _parts(clause: Document) -> tuple[str, Any]:
    word = word_of(clause) or ""
    if word in IN_EVERY_FRAME:
        raise UnknownToReplayError
    return word, getattr(clause, word)


def _steps(words: Any) -> list[Document]:  # noqa: ANN401
    return [each for each in (words.first, words.next, words.without) if each is not None]
