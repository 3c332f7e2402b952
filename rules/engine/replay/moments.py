"""Of each clause: in which frames it can begin to say something else; one that is not known here: in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, Self

import numpy as np

from rules.engine.basics import Document, Who
from rules.engine.clauses.base import Held
from rules.engine.clauses.camera import CameraState
from rules.engine.clauses.motion import PER_METRE_SECOND, Heading
from rules.engine.clauses.near import Near
from rules.engine.clauses.place import Density
from rules.engine.clauses.pose import PoseIs
from rules.engine.clauses.removed import MOST_THINGS
from rules.engine.clauses.worn import Wears
from rules.engine.geometry import Flags
from rules.engine.replay.columns import NO_ROWS, Whole
from rules.engine.replay.falling import Descents
from rules.engine.replay.looking import fulfilling
from rules.engine.replay.posing import Poses
from rules.engine.replay.rows import NONE
from rules.engine.replay.sharpness import Sharpness
from rules.engine.replay.sightings import Sightings
from rules.engine.replay.stretches import Runs, Stretches, last_ones, meeting, turning_points
from rules.engine.replay.study import Study, any_of, turns, with_next, with_times_after
from rules.engine.replay.wearing import Wearing
from rules.engine.replay.words import conditions_of, is_any, is_fall, is_told, of_scene, parts_of, steps_of


class Memory(Protocol):
    def remind(self, node: Any, number: int) -> None:  # noqa: ANN401  the node of the clause
        """Before the frame of this number: tell it what it would know if it had been shown every frame."""


class Moments(Study):
    """By frame, as all flags here."""

    def __init__(self, sightings: Sightings, who: Who, subjects: Flags | None = None) -> None:
        super().__init__(sightings, who, subjects)
        self._without_which_nothing: list[Document] = []
        self._is_told = self._is_any = False
        self._held: list[tuple[Stretches, Flags]] = []
        """Of those clauses that are told their runs; and the rows of which nothing is certain."""
        self.usual_sharpness: Mapping[int, float | None] = {}
        """Before these columns, by the identity of a clause's words."""
        self.memories: dict[int, list[Memory]] = defaultdict(list)
        """Of clauses, by the identity of their words, that have to be told what they were not shown."""

    def about(self, who: Who | None) -> Self:
        other = super().about(who)
        other.memories, other.usual_sharpness = self.memories, self.usual_sharpness
        return other

    def moments_of_rule(self, clause: Document) -> Flags:
        """As ``moments``, but for what comes to nothing as it does not last, or something else is not true with it."""
        self._without_which_nothing = list(conditions_of(clause))
        self._is_told, self._is_any = is_told(clause), is_any(clause)
        found = self.moments(clause)
        found[self._told()] = True
        return found

    def _told(self) -> Whole:
        """The frames that matter to those clauses that are told their runs."""
        if not self._held:
            return NO_ROWS
        parts, own = [each for each, _ in self._held], self._own_tracks()
        told = [each.only(~own[each.tracks]) for each in parts]
        needed = [each.only(each.long) for each in told if self._has_to_be(each.words)]
        found = [*meeting(needed), *(each for each in told if not self._has_to_be(each.words))]
        changes = [self.changes(each.flags() & own[self._all.track_of]) for each in parts]
        if not self._is_told:
            changes += [self.changes(each.flags()) for each in found]
        ends = self._tell(found, frozenset(self._all.tracks[own].tolist()))
        return np.concatenate((turning_points(found, ends), any_of(changes).nonzero()[0]))

    def _own_tracks(self) -> Flags:
        """By track: of whom a clause knows by itself, as nothing is certain of them here, or something began before."""
        own = np.logical_or.reduce([self._all.whose(doubtful) for _, doubtful in self._held])
        for each, _ in self._held:
            own[each.tracks[each.begun_before]] = True
        return np.asarray(own)

    def _tell(self, found: Sequence[Stretches], own: frozenset[int]) -> Iterator[Whole]:
        """Have the clauses told; gives the frames in which it has to be seen that something is over."""
        for each, is_last in zip(found, last_ones(found), strict=True):
            at_leisure = is_last & self._is_told
            linger = at_leisure & self._is_any
            self.memories[id(each.words)].append(Runs(each, own, linger))
            yield each.only(~linger).ends(at_leisure[~linger])

    def moments(self, clause: Document) -> Flags:
        """It may say something else than in the one before, apart from what time alone brings about."""
        word, words = parts_of(clause)
        if word in ("all", "any", "lasting", "times", "rate", "then"):
            inner = words if isinstance(words, tuple) else steps_of(words) if word == "then" else [words.that]
            return any_of([self.moments(each) for each in inner])
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
            case "attribute" | "wears" | "lacks" | "pose" | "camera":
                return self._looked(word, words)
        return self._measured(word, words)

    def _looked(self, word: str, words: Any) -> Flags:  # noqa: ANN401
        """Of what further models tell."""
        match word:
            case "attribute":
                rows, found_out = fulfilling(self._all, words)
                return self.changes(self._all.eligible(self._who) & rows) | self._at(found_out)
            case "camera":
                return self._camera(words)
        true, doubtful = self._judged(words)
        doubtful = self._of_subjects(doubtful)
        return self._lasting_changes(true, words, doubtful) | self.busy(doubtful)

    def _judged(self, words: Wears | PoseIs) -> tuple[Flags, Flags]:
        """For whom it is true, and for whom that is not certain."""
        looks: Wearing | Descents | Poses
        if isinstance(words, Wears):
            looks = Wearing(self._all, words, self._who)
        else:
            kind = Descents if is_fall(words) else Poses
            looks = kind(self._all, words, self._all.eligible(self._who))
        self.memories[id(words)].append(looks)
        return looks.judged()

    def _camera(self, words: CameraState) -> Flags:
        """Of the measured frames those that say yes, and what follows in its gap."""
        looks = self._all.columns.looks
        measured = self._at(looks.signal_times)
        if not any(each is words for each in self._without_which_nothing):
            return measured
        times, values = looks.signal_times, looks.signals.figure(words.figure)
        if words.state == "blurred":
            usual = self.usual_sharpness.get(id(words))
            sharpness = Sharpness(self._all.columns, words, usual, self._all.before_ms)
            self.memories[id(words)].append(sharpness)
            times, values = sharpness.at_ms, sharpness.relative
        fitting = self._at(times[words.holds(values)])
        return fitting | (measured & with_times_after(fitting, self._all.columns.at_ms, round(words.gap * 1000)))

    def _at(self, times: Whole | Sequence[int]) -> Flags:
        found: Flags = np.isin(self._all.columns.at_ms, times)
        return found

    def _measured(self, word: str, words: Any) -> Flags:  # noqa: ANN401
        """Of what is measured anew in every frame."""
        match word:
            case "speed":
                factor = PER_METRE_SECOND.get(words.unit)
                speeds = self._all.speeds if factor is None else self._all.metre_speeds * factor
                return self._lasting_changes(self._all.eligible(self._who) & words.fits(speeds), words)
            case "heading":
                return self._lasting_changes(self._all.eligible(self._who) & self._heading(words), words)
            case "density":
                return self._density(words)
            case "queue":
                slow = self._all.speeds < words.slower_than
                rows = self._all.eligible(self._who)
                return self.changes(rows & self._all.inside(words.zone)) | self.changes(rows & slow)
            case "near" | "alone":
                return self._lasting_changes(self._company(words, wanted=word == "near"), words)
            case "removed":
                rows = self._placed(words)
                if np.count_nonzero(self._all.whose(rows)) >= MOST_THINGS:
                    return self.busy(rows)
                found = self.changes(rows)
                found[self._all.frames[self._all.moving(rows, self._who, words)]] = True
                return found
            case "stationary":
                still, anew = self._still(words)
                found = self.changes(still)
                found[self._all.frames[anew]] = True
                return found
        return self.busy(self._all.fitting(self.about(getattr(words, "who", None))._who))

    def _heading(self, words: Heading) -> Flags:
        line = self._all.zones[words.line].points if words.line else ()
        direction = words.direction(line, self._all.columns.aspect)
        return words.fits(self._all.velocities, self._all.speeds, direction)

    def _company(self, words: Near, *, wanted: bool) -> Flags:
        """For whom it is true."""
        others = self._all.eligible(Who(classes=words.classes, min_confidence=words.min_confidence))
        rows = self._all.eligible(self._who)
        found: Flags = rows & (self._all.near(rows, others, words) == wanted)
        return found

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
        return turns(found >= least if most is None else (found >= least) & (found <= most))

    def _density(self, words: Density) -> Flags:
        """A mean of heights may be rounded otherwise than in a frame alone."""
        rows = self._all.eligible(self.about(words.who)._who) & self._all.inside(words.zone)
        count, area = self._count(rows), self._all.area(words)
        if words.per == "square_metre":
            return turns(count / max(area, 1e-9) >= words.at_least)
        heights = np.bincount(self._all.frames[rows], self._all.heights[rows], minlength=len(count))
        density = heights * heights / np.maximum(count, 1) / max(area * self._all.columns.aspect, 1e-9)
        doubtful = np.isclose(density, words.at_least, rtol=1e-6)
        return turns(density >= words.at_least) | with_next(doubtful)

    def _lasting_changes(self, rows: Flags, words: Held, doubtful: Flags | None = None) -> Flags:
        """Where it begins or ends; of a clause that is told its runs that is found out later."""
        rows = self._of_subjects(rows)
        # Who fell is so even when not seen any more: in rows there is nothing of that.
        if is_fall(words) or not (self._is_told or self._has_to_be(words)):
            return self.changes(rows)
        doubtful = np.zeros(len(rows), np.bool_) if doubtful is None else doubtful
        self._held.append((Stretches.of(self._all, words, rows), doubtful))
        return self._nowhere()

    def _has_to_be(self, words: Held) -> bool:
        return any(each is words for each in self._without_which_nothing)

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
