"""What a clause says of a subject: what was measured and what was needed, as plain data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """One look at a clause: what was measured, what was needed, and how near that is (1: reached)."""

    value: object
    needed: object
    unit: str = ""
    nearness: float = 0.0
    detail: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """What a clause says of a subject now, with its numbers. ``nearness`` runs from 0 to 1."""

    clause: str
    met: bool
    nearness: float
    data: Mapping[str, object]
    parts: tuple[Measure, ...] = ()

    def as_data(self) -> dict[str, object]:
        data: dict[str, object] = {"clause": self.clause, "met": self.met, **self.data}
        if self.parts:
            data["parts"] = [part.as_data() for part in self.parts]
        return data

    def leaves(self) -> Iterable[Measure]:
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def share(value: float, needed: float) -> float:
    """How near a value came to what it had to reach."""
    if math.isnan(value):
        return 0.0
    return 1.0 if needed <= 0 else max(0.0, min(1.0, value / needed))


def known(value: float, digits: int) -> float | None:
    """Rounded; None for what is not a number: evidence is JSON."""
    return None if math.isnan(value) else round(value, digits)
