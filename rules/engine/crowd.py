"""Who is in a frame: the tracks in the order of their ids, and which of them a rule looks at."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from rules.engine.basics import Who
from rules.engine.frames import FrameTracks
from rules.engine.geometry import Flags, Floats
from rules.engine.kept import Kept
from rules.engine.memory import TrackMemory

T = TypeVar("T")


class Crowd:
    """What is found out is kept, and taken over from the frame ``before`` where nothing can have changed."""

    def __init__(self, frame: FrameTracks, before: Crowd | None, memory: TrackMemory | None) -> None:
        self.frame = frame
        self._memory = memory
        self._earlier = before
        self._raw_ids: list[int] = frame.track_ids.tolist()
        self.same = before is not None and self._is_like(before)
        """The same tracks of the same classes as in the frame before."""
        self._order: list[int] | None = _order(self._raw_ids) if before is None or not self.same else before._order
        self.track_ids: tuple[int, ...]
        self.class_names: tuple[str, ...]
        if before is not None and self.same:
            self.track_ids, self.class_names = before.track_ids, before.class_names
        else:
            self.track_ids = tuple(self._ordered(self._raw_ids))
            self.class_names = tuple(self._ordered(frame.class_names))
        self.surety = frame.confidences if self._order is None else frame.confidences[self._order]
        self.confidences: list[float] = self.surety.tolist()
        boxes = frame.boxes_xyxy if self._order is None else frame.boxes_xyxy[self._order]
        self.boxes_xyxy: Floats = boxes.astype(np.float64)
        self._fitting: dict[int, list[bool]] = {}
        self._eligible: dict[int, list[bool]] = {}
        self._settled: set[int] = set()
        """For whom every track that fits has been seen with enough confidence."""

    def forget_earlier(self) -> None:
        """A frame looks back at one other; more would hold the whole past in memory."""
        self._earlier = None

    def _is_like(self, before: Crowd) -> bool:
        return self._raw_ids == before._raw_ids and self.frame.class_names == before.frame.class_names

    def _ordered(self, values: Sequence[T]) -> Sequence[T]:
        return values if self._order is None else [values[index] for index in self._order]

    @Kept
    def heights(self) -> Floats:
        """Of the boxes, in picture heights."""
        return np.maximum(self.boxes_xyxy[:, 3] - self.boxes_xyxy[:, 1], 1e-6)

    @Kept
    def best_confidences(self) -> list[float]:
        """The highest that each track ever had; without a memory those of this frame."""
        return self.confidences if self._memory is None else self._memory.best_confidences

    def of_class(self, who: Who) -> list[int]:
        """Indices of the tracks that a rule looks at, however faint they are."""
        return [index for index, fit in enumerate(self.fitting(who)) if fit]

    def fitting(self, who: Who) -> list[bool]:
        """Which tracks a rule looks at, however faint they are."""
        found = self._fitting.get(id(who))
        if found is None:
            if self._earlier is not None and self.same and is_simple(who):
                found = self._earlier._fitting.get(id(who))
            found = self._fitting[id(who)] = self._fits(who) if found is None else found
        return found

    def eligible(self, who: Who) -> list[bool]:
        """Which tracks a rule looks at and that were once seen with enough confidence."""
        found = self._eligible.get(id(who))
        if found is not None:
            return found
        earlier = self._earlier
        if earlier is not None and self.same and id(who) in earlier._settled:
            found = earlier._eligible[id(who)]
            self._settled.add(id(who))
        else:
            least, fitting = who.min_confidence, self.fitting(who)
            pairs = zip(fitting, self.best_confidences, strict=True)
            found = [fit and best >= least for fit, best in pairs]
            if found == fitting and is_simple(who):
                self._settled.add(id(who))
        self._eligible[id(who)] = found
        return found

    def chosen(self, who: Who, flags: Flags) -> list[int]:
        """The ids of those whom a rule looks at and for whom a flag stands."""
        eligible, ids = self.eligible(who), self.track_ids
        return [ids[index] for index in flags.nonzero()[0].tolist() if eligible[index]]

    def eligible_unchanged(self, who: Who) -> bool:
        """Whether it is the same as in the scene before, for certain."""
        before = self._earlier
        return self.same and before is not None and before._eligible.get(id(who)) is self.eligible(who)

    def _fits(self, who: Who) -> list[bool]:
        classes = who.classes
        fits = [name in classes for name in self.class_names] if classes else [True] * len(self.track_ids)
        if who.min_height > 0 or who.max_height < 1:
            tall = ((self.heights >= who.min_height) & (self.heights <= who.max_height)).tolist()
            fits = [fit and right for fit, right in zip(fits, tall, strict=True)]
        if who.attributes:
            fits = [fit and self._has(index, who) for index, fit in enumerate(fits)]
        if who.model is not None:
            models = self.frame.models or ("detector",) * len(fits)
            fits = [fit and model == who.model for fit, model in zip(fits, self._ordered(models), strict=True)]
        return fits

    def _has(self, index: int, who: Who) -> bool:
        scores = self.attributes_of(self.track_ids[index])
        return all((scores.get(name, 0.0) >= 0.5) == wanted for name, wanted in who.attributes.items())

    def attributes_of(self, track_id: int) -> dict[str, float]:
        """The newest that a model said of the track, now or in an earlier frame."""
        if self._memory is None:
            return dict(self.frame.attributes.get(track_id, {}))
        return self._memory.attributes.get(track_id, {})


def is_simple(who: Who) -> bool:
    """Whether only classes and confidence matter, which stay as they are while a track is seen."""
    return who.min_height <= 0 and who.max_height >= 1 and not who.attributes and who.model is None


def _order(track_ids: list[int]) -> list[int] | None:
    """Where the tracks stand when sorted by id; None: they are."""
    if all(map(operator.lt, track_ids, track_ids[1:])):
        return None
    return sorted(range(len(track_ids)), key=track_ids.__getitem__)
