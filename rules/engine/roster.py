"""The tracks of a frame by their ids, kept for as long as the same tracks are seen."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TypeVar

from rules.engine.basics import Who
from rules.engine.frames import FrameTracks
from rules.engine.kept import Kept

T = TypeVar("T")


class Roster:
    """In the order of their ids, with what is known of them that no further frame can change."""

    def __init__(self, frame: FrameTracks) -> None:
        ids: list[int] = frame.track_ids.tolist()
        self.order = _order(ids)
        """Where the tracks stand in the frame; None: as here."""
        self.track_ids = tuple(self.ordered(ids))
        self.class_names = tuple(self.ordered(frame.class_names))
        self.fitting: dict[int, list[bool]] = {}
        """By the identity of a ``Who`` that is simple: whom it is about, however faint they are."""
        self.eligible: dict[int, list[bool]] = {}
        """As ``fitting``, once all of them were seen with enough confidence."""
        self.open: list[tuple[Who, int]] | None = None
        """Those with their bits for whom it may still change who is eligible; None: not asked yet."""

    def ordered(self, values: Sequence[T]) -> Sequence[T]:
        return values if self.order is None else [values[index] for index in self.order]

    @Kept
    def index_of(self) -> dict[int, int]:
        return {track_id: index for index, track_id in enumerate(self.track_ids)}

    def of_classes(self, who: Who) -> list[bool]:
        classes = who.classes
        return [name in classes for name in self.class_names] if classes else [True] * len(self.track_ids)


def is_simple(who: Who) -> bool:
    """Whether only classes and confidence matter, which stay as they are while a track is seen."""
    return who.min_height <= 0 and who.max_height >= 1 and not who.attributes and who.model is None


def _order(track_ids: list[int]) -> list[int] | None:
    """Where the tracks stand when sorted by id; None: they are."""
    if all(map(operator.lt, track_ids, track_ids[1:])):
        return None
    return sorted(range(len(track_ids)), key=track_ids.__getitem__)
