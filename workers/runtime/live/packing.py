"""Packs rectangles into a canvas: shelf by shelf, the tallest first (shelf first fit, after Coffman et al., 1980)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workers.runtime.live.regions import Size

PADDING = 6
"""Pixels between two rectangles, so that what touches its edge is not seen as one with its neighbour."""


@dataclass(slots=True)
class _Shelf:
    top: int
    height: int
    used_width: int = 0


class ShelfPacker:
    """One canvas being filled. Rectangles offered tallest first waste least; any order is allowed."""

    def __init__(self, canvas: Size, padding: int = PADDING) -> None:
        self._width, self._height = canvas
        self._padding = padding
        self._shelves: list[_Shelf] = []

    def place(self, size: Size) -> tuple[int, int] | None:
        """Where the rectangle's left top corner goes, or None where it fits no more."""
        width, height = size
        for shelf in self._shelves:
            if height <= shelf.height and shelf.used_width + width <= self._width:
                return self._put(shelf, width)
        top = self._shelves[-1].top + self._shelves[-1].height + self._padding if self._shelves else 0
        if top + height > self._height or width > self._width:
            return None
        shelf = _Shelf(top, height)
        self._shelves.append(shelf)
        return self._put(shelf, width)

    def _put(self, shelf: _Shelf, width: int) -> tuple[int, int]:
        left = shelf.used_width
        shelf.used_width += width + self._padding
        return left, shelf.top


def pack(sizes: Sequence[Size], canvas: Size, padding: int = PADDING) -> list[tuple[int, int] | None]:
    """The left top corner of each rectangle, None for those that found no room; as many as fit, tallest first."""
    packer = ShelfPacker(canvas, padding)
    places: list[tuple[int, int] | None] = [None] * len(sizes)
    for index in sorted(range(len(sizes)), key=lambda index: (-sizes[index][1], -sizes[index][0], index)):
        places[index] = packer.place(sizes[index])
    return places
