"""What may be asked of a track log beside its tracks: whatever is not asked for need not be read."""

from __future__ import annotations

from enum import Flag, auto


class Asked(Flag):
    MODELS = auto()
    """The model that each track comes from."""
    BODIES = auto()
    ATTRIBUTES = auto()
    ITEMS = auto()
    SIGNALS = auto()


ONLY_TRACKS = Asked(0)
EVERYTHING = ~ONLY_TRACKS
