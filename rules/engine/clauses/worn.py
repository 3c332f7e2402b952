"""``wears`` and ``lacks``: protective things on a person, from the boxes of a model for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import ClassVar, Self, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from rules.engine.basics import Duration, Name
from rules.engine.clauses.base import Facts, Held, HeldNode, Setting, State, share
from rules.engine.geometry import Flags
from rules.engine.memory import FORGET_MS
from rules.engine.scene import Scene
from rules.engine.watching import SEEN
from rules.engine.worn_items import ITEMS, Item, owners

Counts = NDArray[np.int64]
LooksAt = list[tuple[int, int]]
"""At one track, in the order of time: when each was, and 1 where it found the item."""
Recall = Callable[[int | None], tuple[int, Mapping[int, LooksAt]]]
"""Says since when it knows of looks, and which there were at one track, or at each."""
MOST_LOOKS = 32
WORN_SHARE, LACKING_SHARE = 1 / 3, 1 / 5
"""Of the looks at somebody: so many of them or more found what is worn, fewer than so many what is lacking.

Models miss what is there in up to half of the looks, and hardly ever see what is not. Between the two nothing is said:
with a third for both, every twentieth wearer of a vest was said to lack it for two seconds.
"""


class Wears(Held):
    """In a third of the last looks or more the item was found on the person.

    Known are helmet, vest, mask, gloves, goggles and boots. Another item is named by the ``classes`` of the boxes that
    show it, and ``missing_classes`` that show its absence.
    """

    SHORT: ClassVar[str | None] = "item"
    MODEL: ClassVar[str | None] = "ppe"
    WORN: ClassVar[bool] = True
    SHARE: ClassVar[float] = WORN_SHARE

    item: Name
    classes: tuple[Name, ...] = ()
    missing_classes: tuple[Name, ...] = ()
    min_confidence: float = Field(default=0.3, ge=0, le=1)
    looks: int = Field(default=3, ge=1, le=MOST_LOOKS)
    """As many looks are needed before anything is said."""
    window: Duration = Field(default=4, gt=0)

    @property
    def remembered_seconds(self) -> float:
        return super().remembered_seconds + self.window

    @model_validator(mode="after")
    def the_item_is_known(self) -> Self:
        if self.item not in ITEMS and not self.classes:
            raise ValueError(f"“{self.item}” is not one of {', '.join(ITEMS)}: name the model's classes for it")
        return self

    @property
    def worn_item(self) -> Item:
        known = ITEMS.get(self.item, Item((), ()))
        return Item(self.classes or known.classes, self.missing_classes or known.missing_classes, *known.band)

    @property
    def window_ms(self) -> int:
        return round(self.window * 1000)

    @overload
    def follows(self, count: int, worn: int) -> bool: ...

    @overload
    def follows(self, count: Counts, worn: Counts) -> Flags: ...

    def follows(self, count: int | Counts, worn: int | Counts) -> bool | Flags:
        """Whether so many looks, of which so many found the item, make it true."""
        return (count >= self.looks) & ((worn >= self.SHARE * count) == self.WORN)


class Lacks(Wears):
    """In fewer than a fifth of the last looks the item was found on the person."""

    WORN: ClassVar[bool] = False
    SHARE: ClassVar[float] = LACKING_SHARE


class WearsNode(HeldNode):
    name = "wears"

    def __init__(self, arguments: Wears, setting: Setting) -> None:
        super().__init__(arguments, setting)
        setting.needs_model("ppe", f"“{self.name}”")
        self.words: Wears = arguments
        self._item = arguments.worn_item
        self._looks: dict[int, LooksAt] = {}
        self._judged: dict[int, bool] = {}
        """By track: what follows from its looks."""
        self._told: tuple[int, Collection[int] | None] = (-1, None)
        """In the frame of this time nobody need be looked at; for whom it is true, if that is known."""
        self._recall: Recall | None = None
        self.watch = SEEN

    def tell(self, at_ms: int, true: Collection[int] | None, recall: Recall) -> None:
        """Of the frame of that time: for whom it is true, else it finds that out itself, and how to know why."""
        self._told = (at_ms, true)
        self._recall = recall
        if true is None:
            self._remember_looks()

    def _remember_looks(self) -> None:
        if self._recall is None:
            return
        since_ms, told = self._recall(None)
        self._recall = None
        looks = {each: self._known(each, since_ms, told) for each in self._looks.keys() | told.keys()}
        self._looks, self._judged = {each: those for each, those in looks.items() if those}, {}
        for track_id in list(self._looks):
            self._judge(track_id)

    def _known(self, track_id: int, since_ms: int, told: Mapping[int, LooksAt]) -> LooksAt:
        """Its own looks from before, and what it was told since."""
        oldest_ms = self._told[0] - self.words.window_ms
        own = [look for look in self._looks.get(track_id, []) if oldest_ms <= look[0] < since_ms]
        return [*own, *told.get(track_id, [])][-MOST_LOOKS:]

    def _looks_at(self, track_id: int) -> LooksAt:
        if self._recall is None:
            return self._looks.get(track_id, [])
        return self._known(track_id, *self._recall(track_id))

    def _judge(self, track_id: int) -> None:
        looks = self._looks[track_id] = self._looks[track_id][-MOST_LOOKS:]
        if looks:
            self._judged[track_id] = self.words.follows(len(looks), sum([found for _, found in looks]))
        else:
            del self._looks[track_id]
            self._judged.pop(track_id, None)

    def holds(self, scene: Scene) -> Collection[int]:
        told_ms, true = self._told
        if true is not None and told_ms == scene.timestamp_ms:
            return true
        self._forget(scene.timestamp_ms)
        if scene.frame.items is not None and told_ms != scene.timestamp_ms:
            self._look(scene)
        rows, judged = zip(scene.track_ids, scene.eligible(self._who), strict=True), self._judged
        return [track_id for track_id, fits in rows if fits and judged.get(track_id)]

    def _look(self, scene: Scene) -> None:
        found = owners(scene, self._item, self.words.min_confidence, scene.eligible(self._who))
        for track_id, worn in found.items():
            self._looks.setdefault(track_id, []).append((scene.timestamp_ms, int(worn)))
            self._judge(track_id)
        if len(self._looks) > len(scene.track_ids):
            self._forget_gone(scene)

    def _forget(self, now_ms: int) -> None:
        oldest_ms = now_ms - self.words.window_ms
        for track_id in [each for each, looks in self._looks.items() if looks[0][0] < oldest_ms]:
            self._looks[track_id] = [look for look in self._looks[track_id] if look[0] >= oldest_ms]
            self._judge(track_id)

    def _forget_gone(self, scene: Scene) -> None:
        """Those who do not come back, however long the window is."""
        oldest_ms = scene.timestamp_ms - FORGET_MS
        gone = [each for each, looks in self._looks.items() if looks[-1][0] < oldest_ms and each not in scene.index_of]
        for track_id in gone:
            del self._looks[track_id]
            self._judged.pop(track_id, None)

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        if subject not in scene.index_of:
            return None
        looks, worn, item, least = self._looks_at(subject), None, self.words.item, self.words.looks
        nearness = share(len(looks), least) * 0.5
        if len(looks) >= least:
            worn = sum(found for _, found in looks) / len(looks)
            limit = self.words.SHARE
            nearness = share(worn, limit) if self.words.WORN else share(1 - worn, 1 - limit)
        needed = f"{'>=' if self.words.WORN else '<'} {self.words.SHARE:.2f}"
        value = None if worn is None else round(worn, 2)
        detail = {"item": item, "looks": len(looks), "looks_needed": least}
        return Facts(value, needed, "share of looks that found it", nearness, detail)

    def memory(self) -> State:
        self._remember_looks()
        looks = [[each, [list(look) for look in looks]] for each, looks in sorted(self._looks.items())]
        return [*super().memory(), looks]

    def remember(self, memory: State) -> None:
        super().remember(memory)
        self._looks = {int(each): [(int(at), int(worn)) for at, worn in looks] for each, looks in memory[1]}
        self._judged, self._told, self._recall = {}, (-1, None), None
        for track_id in list(self._looks):
            self._judge(track_id)


class LacksNode(WearsNode):
    name = "lacks"
