"""What rules look at, by bits of a number: so a frame says in one comparison for whom nothing changed."""

from __future__ import annotations

from rules.engine.basics import Who, ZoneShape
from rules.engine.line_walks import LineWalks

SEEN = 1
"""Changes in every frame that shows a track."""
MEASURED = 2
"""The picture as a whole was measured in this frame, or in the one before."""
EVERYTHING = -1


class Watched:
    """The areas, lines and people that a camera's rules look at, each with its bit."""

    def __init__(self) -> None:
        self._next = MEASURED << 1
        self._same: dict[str, Who] = {}
        self.zones: set[str] = set()
        """The names of the areas and lines that rules need."""
        self.people: list[tuple[Who, int]] = []
        self.visits: dict[str, list[tuple[Who, int]]] = {}
        """By area: for whom it matters who enters or leaves it."""
        self.walks: list[tuple[LineWalks, int]] = []

    def who(self, who: Who) -> int:
        """Stirred when other tracks are those whom this is about."""
        return self._bit_of(who, self.people)

    def area(self, name: str, who: Who) -> int:
        """Stirred when such a track enters or leaves it."""
        return self._bit_of(who, self.visits.setdefault(name, []))

    def line(self, shape: ZoneShape, who: Who) -> tuple[LineWalks, int]:
        """What follows such tracks; stirred when one of them has crossed it."""
        self.walks.append((LineWalks(shape, who), self._bit()))
        return self.walks[-1]

    def one_of_the_same(self, who: Who) -> Who:
        """Rules about the same people share one object, and with it what a scene finds out about them."""
        return self._same.setdefault(who.model_dump_json(), who)

    def _bit_of(self, who: Who, known: list[tuple[Who, int]]) -> int:
        bit = next((bit for each, bit in known if each is who), 0)
        if not bit:
            bit = self._bit()
            known.append((who, bit))
        return bit

    def _bit(self) -> int:
        self._next, bit = self._next << 1, self._next
        return bit
