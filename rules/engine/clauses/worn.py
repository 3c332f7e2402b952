"""``wears`` and ``lacks``: protective things on a person, from the boxes of a model for them."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import ClassVar, Self

from pydantic import Field, model_validator

from rules.engine.basics import Duration, Name
from rules.engine.clauses.base import Facts, Held, HeldNode, Results, Setting, State, share
from rules.engine.scene import Scene
from rules.engine.watching import SEEN
from rules.engine.worn_items import ITEMS, Item, owners

MOST_LOOKS = 32
FOUND_SHARE = 1 / 3
"""Of the looks at somebody who wears it, at least: models miss what is there in up to half of them, and hardly ever
see what is not.
"""


class Wears(Held):
    """In a third of the last looks or more the item was found on the person.

    Known are helmet, vest, mask, gloves, goggles and boots. Another item is named by the ``classes`` of the boxes that
    show it, and ``missing_classes`` that show its absence.
    """

    SHORT: ClassVar[str | None] = "item"
    MODEL: ClassVar[str | None] = "ppe"

    item: Name
    classes: tuple[Name, ...] = ()
    missing_classes: tuple[Name, ...] = ()
    min_confidence: float = Field(default=0.3, ge=0, le=1)
    looks: int = Field(default=3, ge=1, le=MOST_LOOKS)
    """As many looks are needed before anything is said."""
    window: Duration = Field(default=4, gt=0)

    @model_validator(mode="after")
    def the_item_is_known(self) -> Self:
        if self.item not in ITEMS and not self.classes:
            raise ValueError(f"“{self.item}” is not one of {', '.join(ITEMS)}: name the model's classes for it")
        return self


class Lacks(Wears):
    """In fewer than a third of the last looks the item was found on the person."""


class WearsNode(HeldNode):
    name = "wears"
    wanted = True

    def __init__(self, arguments: Wears, setting: Setting) -> None:
        super().__init__(arguments, setting)
        setting.needs_model("ppe", f"“{self.name}”")
        known = ITEMS.get(arguments.item, Item((), ()))
        self._item = Item(
            arguments.classes or known.classes, arguments.missing_classes or known.missing_classes, *known.band
        )
        self._arguments = arguments
        self._window_ms = round(arguments.window * 1000)
        self._looks: dict[int, list[tuple[int, int]]] = {}
        self._judged: dict[int, tuple[bool, float]] = {}
        """By track: what follows from its looks, and when, without another one, they are too old for that."""
        self.watch = SEEN

    def due_ms(self) -> float:
        return min([super().due_ms(), *[turns_ms for _, turns_ms in self._judged.values()]])

    def _judge(self, track_id: int) -> None:
        looks = self._looks[track_id]
        count, worn = len(looks), sum([found for _, found in looks])
        known, turns_ms = self._follows(count, worn), math.inf
        for at_ms, found in looks:
            count, worn = count - 1, worn - found
            if self._follows(count, worn) != known:
                turns_ms = at_ms + self._window_ms + 1
                break
        self._judged[track_id] = (known, turns_ms)

    def step(self, scene: Scene) -> Results:
        self._forget(scene.timestamp_ms)
        return super().step(scene)

    def holds(self, scene: Scene) -> Collection[int]:
        self._forget(scene.timestamp_ms)
        if scene.frame.items is not None:
            self._look(scene)
        rows, judged = zip(scene.track_ids, scene.eligible(self._who), strict=True), self._judged
        return [track_id for track_id, fits in rows if fits and track_id in judged and judged[track_id][0]]

    def _look(self, scene: Scene) -> None:
        found = owners(scene, self._item, self._arguments.min_confidence, scene.eligible(self._who))
        for track_id, worn in found.items():
            looks = self._looks.setdefault(track_id, [])
            looks.append((scene.timestamp_ms, int(worn)))
            del looks[:-MOST_LOOKS]
            self._judge(track_id)

    def _follows(self, count: int, worn: int) -> bool:
        """Whether so many looks of which so many found the item make the clause true."""
        return count >= self._arguments.looks and (worn >= FOUND_SHARE * count) == self.wanted

    def _worn(self, track_id: int) -> float | None:
        """The share of looks that found the item; None while there were too few."""
        looks = self._looks.get(track_id, [])
        if len(looks) < self._arguments.looks:
            return None
        return sum(worn for _, worn in looks) / len(looks)

    def _forget(self, now_ms: int) -> None:
        oldest_ms = now_ms - self._window_ms
        for track_id in [each for each, looks in self._looks.items() if looks[0][0] < oldest_ms]:
            looks = self._looks[track_id] = [look for look in self._looks[track_id] if look[0] >= oldest_ms]
            if looks:
                self._judge(track_id)
            else:
                del self._looks[track_id], self._judged[track_id]

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        if subject not in scene.index_of:
            return None
        worn, looks = self._worn(subject), len(self._looks.get(subject, []))
        detail = {"item": self._arguments.item, "looks": looks, "looks_needed": self._arguments.looks}
        needed = f"{'>=' if self.wanted else '<'} {FOUND_SHARE:.2f}"
        nearness = share(looks, self._arguments.looks) * 0.5
        if worn is not None:
            nearness = share(worn, FOUND_SHARE) if self.wanted else share(1 - worn, 1 - FOUND_SHARE)
        return Facts(None if worn is None else round(worn, 2), needed, "share of looks that found it", nearness, detail)

    def memory(self) -> State:
        looks = [[each, [list(look) for look in looks]] for each, looks in sorted(self._looks.items())]
        return [*super().memory(), looks]

    def remember(self, memory: State) -> None:
        super().remember(memory)
        self._looks = {int(each): [(int(at), int(worn)) for at, worn in looks] for each, looks in memory[1] if looks}
        self._judged = {}
        for track_id in self._looks:
            self._judge(track_id)


class LacksNode(WearsNode):
    name = "lacks"
    wanted = False
