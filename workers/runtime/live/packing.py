"""Packs rectangles into a canvas: each as far up as it fits under what is there (skyline, after Burke et al., 2004)."""

from __future__ import annotations

from collections.abc import Sequence

from workers.runtime.live.regions import Size

PADDING = 6
"""Pixels between two rectangles, so that what touches its edge is not seen as one with its neighbour."""


class SkylinePacker:
    """One canvas being filled. Rectangles offered tallest first waste least; any order is allowed."""

    def __init__(self, canvas: Size, padding: int = PADDING) -> None:
        self._padding = padding
        self._width, self._height = canvas[0] + padding, canvas[1] + padding
        self._steps = [(0, 0)]
        """Where a step of the skyline begins from the left, and how far down the canvas is taken there."""

    def place(self, size: Size) -> tuple[int, int] | None:
        """Where the rectangle's left top corner goes, or None where it fits no more."""
        width, height = size[0] + self._padding, size[1] + self._padding
        places = [
            (top, first, stop)
            for first in range(len(self._steps))
            if (stop := self._stop(first, width)) is not None
            and (top := max(step[1] for step in self._steps[first:stop])) + height <= self._height
        ]
        if not places:
            return None
        top, first, stop = min(places)
        left = self._steps[first][0]
        self._lower(first, stop, width, top + height)
        return left, top

    def _stop(self, first: int, width: int) -> int | None:
        """Behind the last step that a rectangle covers which begins with the first; None: it leaves the canvas."""
        right = self._steps[first][0] + width
        if right > self._width:
            return None
        last = len(self._steps)
        return next((stop for stop in range(first + 1, last) if self._steps[stop][0] >= right), last)

    def _lower(self, first: int, stop: int, width: int, bottom: int) -> None:
        left, rest = self._steps[first][0], self._steps[stop - 1][1]
        end = self._steps[stop][0] if stop < len(self._steps) else self._width
        lowered = [(left, bottom)]
        if left + width < end:
            lowered.append((left + width, rest))
        self._steps[first:stop] = lowered


def pack(sizes: Sequence[Size], canvas: Size, padding: int = PADDING) -> list[tuple[int, int] | None]:
    """The left top corner of each rectangle, None for those that found no room; as many as fit, tallest first."""
    packer = SkylinePacker(canvas, padding)
    places: list[tuple[int, int] | None] = [None] * len(sizes)
    for index in sorted(range(len(sizes)), key=lambda index: (-sizes[index][1], -sizes[index][0], index)):
        places[index] = packer.place(sizes[index])
    return places
