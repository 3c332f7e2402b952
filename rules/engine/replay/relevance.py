"""Of each clause: whose tracks can matter to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from rules.engine.basics import Document
from rules.engine.geometry import Flags
from rules.engine.replay.study import Study, any_of
from rules.engine.replay.words import PLACES, UnknownToReplayError, of_scene, parts_of, steps_of


class Relevance(Study):
    """By track number, as all flags here."""

    def relevant(self, clause: Document) -> Flags:
        """All others can be taken out of every frame, and the events stay the same.

        But for those who only stand near, see ``asks_for_company``.
        """
        return self._possible(clause) | self._needed(clause)

    def _possible(self, clause: Document) -> Flags:
        """For whom it can ever be true."""
        word, words = parts_of(clause)
        match word:
            case "all":
                tracks = [self._possible(each) for each in words if not of_scene(each)]
                return ~any_of([~each for each in tracks]) if tracks else self._nobody()
            case "any":
                if len({of_scene(each) for each in words}) > 1:
                    raise UnknownToReplayError
                return any_of([self._possible(each) for each in words])
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
            case "removed":
                return self._all.whose(self._placed(words), words.after)
            case "pose" if words.pose == "falling":
                # Who fell is so even when not seen any more.
                return self._everybody(self._who)
        return self._all.whose(self._all.fitting(self._who), words.for_seconds)

    def _needed(self, clause: Document) -> Flags:
        """Who beside those can make it true for others, or for the place."""
        word, words = parts_of(clause)
        match word:
            case "all" | "any":
                return any_of([self._needed(each) for each in words])
            case "not":
                return self._needed(words)
            case "lasting" | "times":
                return self._needed(words.that)
            case "rate":
                return self.relevant(words.that)
            case "then":
                return any_of([self.relevant(each) for each in steps_of(words)])
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
