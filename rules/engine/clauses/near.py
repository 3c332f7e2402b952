"""``near`` and ``alone``: how far the nearest of some other objects is."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from rules.engine.basics import Name, Who
from rules.engine.clauses.base import Facts, Held, HeldNode, Setting, share
from rules.engine.geometry import Floats
from rules.engine.scene import Scene


class Near(Held):
    """Another object of these classes is within a distance: in the subject's own heights, or in metres."""

    SHORT: ClassVar[str | None] = None

    classes: tuple[Name, ...] = Field(min_length=1, max_length=100)
    within: float = Field(gt=0, le=1000)
    unit: Literal["body_heights", "metres"] = "body_heights"
    min_confidence: float = Field(default=0.4, ge=0, le=1)


class Alone(Near):
    """No other object of these classes is within the distance."""


class NearNode(HeldNode):
    name = "near"

    def __init__(self, arguments: Near, setting: Setting) -> None:
        super().__init__(arguments, setting)
        if arguments.unit == "metres":
            setting.needs_calibration("a distance")
        self._others = Who(classes=arguments.classes, min_confidence=arguments.min_confidence)
        self._within = arguments.within
        self._unit = arguments.unit
        self._partners: dict[int, int] = {}

    def holds(self, scene: Scene) -> Collection[int]:
        self._partners = {}
        eligible = scene.eligible(self._who)
        if not any(eligible):
            return []
        distances = self._distances(scene)
        nearest = distances.min(axis=1).tolist()
        for index, partner in enumerate(distances.argmin(axis=1).tolist()):
            if nearest[index] <= self._within:
                self._partners[scene.track_ids[index]] = scene.track_ids[partner]
        return [
            track_id
            for track_id, fits, away in zip(scene.track_ids, eligible, nearest, strict=True)
            if fits and self._fulfils(away)
        ]

    def _fulfils(self, away: float) -> bool:
        return away <= self._within

    def _distances(self, scene: Scene) -> Floats:
        distances = (scene.metre_gaps if self._unit == "metres" else scene.gaps).copy()
        distances[:, ~np.array(scene.eligible(self._others), np.bool_)] = np.inf
        np.fill_diagonal(distances, np.inf)
        return distances

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        index = scene.index_of.get(subject)
        if index is None:
            return None
        away = float(self._distances(scene)[index].min())
        value = round(away, 3) if np.isfinite(away) else None
        detail = {"other_track": self._partners.get(subject)}
        return Facts(value, f"<= {self._within:g}", self._unit, share(self._within, away), detail)

    def involved(self, subject: int) -> tuple[int, ...]:
        partner = self._partners.get(subject)
        return () if partner is None else (partner,)


class AloneNode(NearNode):
    name = "alone"

    def _fulfils(self, away: float) -> bool:
        return away > self._within

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        near = super().facts(scene, subject)
        if near is None:
            return None
        away = near.value if isinstance(near.value, float) else np.inf
        return Facts(near.value, f"> {self._within:g}", self._unit, share(away, self._within), near.detail)
