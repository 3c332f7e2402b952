"""Which tracks of a frame the rules of a camera want looked at, and how often."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rules.engine.basics import ZoneShape
from rules.engine.frames import FrameTracks
from rules.engine.wanted_looks import WantedLook

PERSON = "person"
"""The models for poses and equipment are about people; a rule that names no classes means these."""
DETECTOR = "detector"

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Wish:
    look: WantedLook
    areas: tuple[Box, ...] | None
    """The boxes around its zones; None: anywhere."""


class Wishes:
    """Of one model."""

    def __init__(
        self, looks: Iterable[WantedLook], zones: Sequence[ZoneShape], classes: Collection[str] = (PERSON,)
    ) -> None:
        """``classes``: whom a look is about that names none; empty: everything."""
        self._classes = classes
        shapes = {zone.name: zone for zone in zones}
        self._wishes = [
            _Wish(look, tuple(_around(shapes[name]) for name in look.zones if name in shapes) if look.zones else None)
            for look in looks
        ]

    def of(self, frame: FrameTracks) -> dict[int, int]:
        """By track: how many milliseconds apart it is to be looked at."""
        wanted: dict[int, int] = {}
        for index, track_id in enumerate(frame.track_ids.tolist()):
            class_name, box = frame.class_names[index], tuple(frame.boxes_xyxy[index].tolist())
            every = [wish.look.every_ms for wish in self._wishes if self._concerns(wish, class_name, box)]
            if every:
                wanted[track_id] = min(every)
        return wanted

    def _concerns(self, wish: _Wish, class_name: str, box: tuple[float, ...]) -> bool:
        who = wish.look.who
        left, top, right, bottom = box
        classes = who.classes or self._classes
        if (classes and class_name not in classes) or who.model not in (None, DETECTOR):
            return False
        if not who.min_height <= bottom - top <= who.max_height:
            return False
        x, height = (left + right) / 2, bottom - top
        return wish.areas is None or any(_is_near(x, bottom, height, area) for area in wish.areas)


def _is_near(x: float, y: float, margin: float, area: Box) -> bool:
    """Within a track's own height: who is about to enter is looked at already."""
    left, top, right, bottom = area
    return left - margin <= x <= right + margin and top - margin <= y <= bottom + margin


def _around(zone: ZoneShape) -> Box:
    x, y = [point[0] for point in zone.points], [point[1] for point in zone.points]
    return min(x), min(y), max(x), max(y)
