"""Whose helmet is it: worn things, and the persons on whom their boxes lie."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from rules.engine.scene import Scene

SIDE_SLACK = 0.15
"""An item's middle may stick out of the person's box by this share of its width: boxes of two models never agree."""


@dataclass(frozen=True, slots=True)
class Item:
    """The names models give to its presence and to its absence, and where on a person it sits (0 top, 1 bottom)."""

    classes: tuple[str, ...]
    missing_classes: tuple[str, ...]
    band_top: float = -0.15
    band_bottom: float = 1.1

    @property
    def band(self) -> tuple[float, float]:
        return self.band_top, self.band_bottom


ITEMS: Mapping[str, Item] = MappingProxyType(
    {
        "helmet": Item(("hardhat", "helmet", "hard hat"), ("no-hardhat", "no-helmet", "head"), -0.15, 0.35),
        "vest": Item(("safety vest", "vest", "safety-vest"), ("no-safety vest", "no-vest"), 0.05, 0.8),
        "mask": Item(("mask",), ("no-mask",), -0.1, 0.35),
        "goggles": Item(("goggles",), ("no-goggles",), -0.1, 0.35),
        "gloves": Item(("gloves", "glove"), ("no-gloves",), 0.1, 0.9),
        "boots": Item(("boots", "boot", "safety boots"), ("no-boots",), 0.7, 1.15),
    }
)


def owners(scene: Scene, item: Item, min_confidence: float, eligible: Sequence[bool]) -> dict[int, bool]:
    """By track that was looked at in this frame: whether the item was found on it.

    Each box belongs to the one person whose middle is nearest. A box that shows the absence outweighs a fainter
    one that shows the item.
    """
    items = scene.frame.items
    if items is None:
        return {}
    # Also somebody whom nobody looked at may be seen on a neighbour's crop: the item is theirs all the same.
    indices = [index for index, fits in enumerate(eligible) if fits]
    scores = dict.fromkeys(indices, 0.0)
    boxes = items.boxes_xyxy.astype(np.float64).reshape(-1, 4).tolist()
    persons = scene.boxes_xyxy.tolist()
    for position, name in enumerate(items.class_names):
        sign = sign_of(name, item)
        confidence = float(items.confidences[position])
        if not sign or confidence < min_confidence or not indices:
            continue
        owner = _owner(boxes[position], persons, indices, item)
        if owner is not None and confidence > abs(scores[owner]):
            scores[owner] = sign * confidence
    looked_at = items.looked_at
    found = {scene.track_ids[index]: score > 0 for index, score in scores.items()}
    return found if looked_at is None else {each: worn for each, worn in found.items() if each in looked_at}


@functools.lru_cache
def sign_of(name: str, item: Item) -> int:
    """1: boxes of this class show it, -1: its absence, 0: neither."""
    name = _folded(name)
    return 1 if name in map(_folded, item.classes) else -1 if name in map(_folded, item.missing_classes) else 0


def _folded(name: str) -> str:
    return name.lower().replace("_", "-")


def _owner(box: list[float], persons: list[list[float]], indices: Sequence[int], item: Item) -> int | None:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    best: tuple[float, int] | None = None
    for index in indices:
        left, top, right, bottom = persons[index]
        across = abs(x - (left + right) / 2) / max(right - left, 1e-6)
        down = (y - top) / max(bottom - top, 1e-6)
        if across <= 0.5 + SIDE_SLACK and item.band_top <= down <= item.band_bottom:
            best = min(best or (across, index), (across, index))
    return None if best is None else best[1]
