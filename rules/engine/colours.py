"""The colours that rules know as attributes: of a whole track, or of the upper or lower part of a person."""

from __future__ import annotations

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "white", "grey", "black")
"""The eleven basic colour terms of English (Berlin and Kay, 1969)."""
PARTS = ("upper", "lower")
COLOUR_ATTRIBUTES = frozenset(COLOURS) | {f"{part} {colour}" for part in PARTS for colour in COLOURS}
COLOUR_MODEL = "colour"
"""Needs no weights: every host has it."""
NAMED_MODEL = "attributes"
"""Stands for whatever model gives any other attribute."""


def model_of_attribute(name: str) -> str:
    return COLOUR_MODEL if name in COLOUR_ATTRIBUTES else NAMED_MODEL
