"""Who is in a frame: the tracks in the order of their ids, and which of them a rule looks at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rules.engine.basics import Who
from rules.engine.frames import FrameTracks
from rules.engine.geometry import Flags, Floats
from rules.engine.kept import Kept
from rules.engine.memory import TrackMemory
from rules.engine.roster import Roster, is_simple


class Crowd:
    """What is found out is kept, and taken over from the frame ``before`` where nothing can have changed."""

    def __init__(self, frame: FrameTracks, before: Crowd | None, memory: TrackMemory | None) -> None:
        self.frame = frame
        self._memory = memory
        self._id_bytes = frame.track_ids.tobytes()
        # As many class names as ids, so equal bytes are equal ids.
        self.same = (
            before is not None and self._id_bytes == before._id_bytes and frame.class_names == before.frame.class_names
        )
        """The same tracks of the same classes as in the frame before."""
        self.roster: Roster = before.roster if before is not None and self.same else Roster(frame)
        self.track_ids = self.roster.track_ids
        self.class_names = self.roster.class_names
        self.edges: Floats
        """(4, n): the left, top, right and bottom of the boxes."""
        self.surety: NDArray[np.floating]
        """``confidences`` as an array."""
        order = self.roster.order
        if order is None:
            self.edges, self.surety = frame.boxes_xyxy.T.astype(np.float64, order="C"), frame.confidences
        else:
            self.edges, self.surety = frame.boxes_xyxy[order].T.astype(np.float64, order="C"), frame.confidences[order]
        self._fitting: dict[int, list[bool]] = {}
        self._eligible: dict[int, list[bool]] = {}

    @Kept
    def boxes_xyxy(self) -> Floats:
        boxes: Floats = self.edges.T
        return boxes

    @Kept
    def confidences(self) -> list[float]:
        found: list[float] = self.surety.tolist()
        return found

    @property
    def index_of(self) -> dict[int, int]:
        return self.roster.index_of

    @Kept
    def heights(self) -> Floats:
        """Of the boxes, in picture heights."""
        heights: Floats = np.maximum(self.edges[3] - self.edges[1], 1e-6)
        return heights

    @Kept
    def best_confidences(self) -> list[float]:
        """The highest that each track ever had; without a memory those of this frame."""
        return self.confidences if self._memory is None else self._memory.best_confidences

    def of_class(self, who: Who) -> list[int]:
        """Indices of the tracks that a rule looks at, however faint they are."""
        return [index for index, fit in enumerate(self.fitting(who)) if fit]

    def fitting(self, who: Who) -> list[bool]:
        """Which tracks a rule looks at, however faint they are."""
        found = self.roster.fitting.get(id(who)) or self._fitting.get(id(who))
        if found is None:
            where = self.roster.fitting if is_simple(who) else self._fitting
            found = where[id(who)] = self._fits(who)
        return found

    def eligible(self, who: Who) -> list[bool]:
        """Which tracks a rule looks at and that were once seen with enough confidence."""
        found = self.roster.eligible.get(id(who)) or self._eligible.get(id(who))
        if found is None:
            least, fitting = who.min_confidence, self.fitting(who)
            found = [fit and best >= least for fit, best in zip(fitting, self.best_confidences, strict=True)]
            where = self.roster.eligible if found == fitting and is_simple(who) else self._eligible
            where[id(who)] = found
        return found

    def chosen(self, who: Who, flags: Flags) -> list[int]:
        """The ids of those whom a rule looks at and for whom a flag stands."""
        eligible, ids = self.eligible(who), self.track_ids
        return [ids[index] for index in flags.nonzero()[0].tolist() if eligible[index]]

    def stirred_people(self, whos: Sequence[tuple[Who, int]], before: Crowd) -> int:
        """The bits of those who are about others than in the frame before, though the tracks are the same."""
        stirred, roster = 0, self.roster
        asked = whos if roster.open is None else roster.open
        roster.open = [each for each in asked if id(each[0]) not in roster.eligible]
        for who, bit in roster.open:
            if self.eligible(who) != before._eligible.get(id(who)) or self.fitting(who) != before.fitting(who):
                stirred |= bit
        return stirred

    def _fits(self, who: Who) -> list[bool]:
        fits = self.roster.of_classes(who)
        if who.min_height > 0 or who.max_height < 1:
            tall = ((self.heights >= who.min_height) & (self.heights <= who.max_height)).tolist()
            fits = [fit and right for fit, right in zip(fits, tall, strict=True)]
        if who.attributes:
            fits = [fit and self._has(index, who) for index, fit in enumerate(fits)]
        if who.model is not None:
            models = self.frame.models or ("detector",) * len(fits)
            fits = [fit and model == who.model for fit, model in zip(fits, self.roster.ordered(models), strict=True)]
        return fits

    def _has(self, index: int, who: Who) -> bool:
        scores = self.attributes_of(self.track_ids[index])
        return all((scores.get(name, 0.0) >= 0.5) == wanted for name, wanted in who.attributes.items())

    def attributes_of(self, track_id: int) -> dict[str, float]:
        """The newest that a model said of the track, now or in an earlier frame."""
        if self._memory is None:
            return dict(self.frame.attributes.get(track_id, {}))
        return self._memory.attributes.get(track_id, {})
