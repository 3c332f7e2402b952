"""``near`` and ``alone``: how far the nearest of some other objects is."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import ClassVar, Literal, cast

from pydantic import Field

from rules.engine.basics import Classes, Who
from rules.engine.clauses.base import Facts, Held, HeldNode, Results, Setting, share
from rules.engine.scene import Scene
from rules.engine.watching import SEEN


class Near(Held):
    """Another object of these classes is within a distance: in the subject's own heights, or in metres."""

    SHORT: ClassVar[str | None] = None

    classes: Classes = Field(min_length=1, max_length=100)
    within: float = Field(gt=0, le=1000)
    unit: Literal["body_heights", "metres"] = "body_heights"
    min_confidence: float = Field(default=0.4, ge=0, le=1)


class Alone(Near):
    """No other object of these classes is within the distance."""


class NearNode(HeldNode):
    name = "near"
    _wanted = True

    def __init__(self, arguments: Near, setting: Setting) -> None:
        super().__init__(arguments, setting)
        if arguments.unit == "metres":
            setting.needs_calibration("a distance")
        others = Who(classes=arguments.classes, min_confidence=arguments.min_confidence)
        self._others = setting.watched.one_of_the_same(others)
        self._within = arguments.within
        self._unit = arguments.unit
        self._metric = arguments.unit == "metres"
        self.watch = SEEN
        self._scene: Scene | None = None

    def step(self, scene: Scene) -> Results:
        self._scene = scene
        return super().step(scene)

    def holds(self, scene: Scene) -> Collection[int]:
        subjects, others = scene.eligible(self._who), scene.eligible(self._others)
        rows = [index for index, fits in enumerate(subjects) if fits]
        columns = [index for index, fits in enumerate(others) if fits]
        if not rows:
            return []
        flags = self._are_near(scene, rows, columns) if columns else [False] * len(rows)
        ids = scene.track_ids
        return [ids[index] for index, is_near in zip(rows, flags, strict=True) if is_near == self._wanted]

    def _are_near(self, scene: Scene, rows: list[int], columns: list[int]) -> list[bool]:
        distances = scene.metre_gaps(rows, columns) if self._metric else scene.gaps(rows, columns)
        limit = self._within if self._metric else self._within * scene.heights[rows, None]
        close = distances <= limit
        for row in set(rows) & set(columns):
            close[rows.index(row), columns.index(row)] = False
        return cast(list[bool], close.any(axis=1).tolist())

    def _nearest(self, scene: Scene, index: int) -> tuple[float, int | None]:
        """How far the nearest other is, and its track."""
        columns = [each for each, fits in enumerate(scene.eligible(self._others)) if fits and each != index]
        if not columns:
            return math.inf, None
        if self._metric:
            away = scene.metre_gaps([index], columns)[0]
        else:
            away = scene.gaps([index], columns)[0] / scene.heights[index]
        best = int(away.argmin())
        return float(away[best]), scene.track_ids[columns[best]]

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        index = scene.index_of.get(subject)
        if index is None:
            return None
        away, other = self._nearest(scene, index)
        value = round(away, 3) if math.isfinite(away) else None
        nearness = share(self._within, away) if self._wanted else share(away, self._within)
        needed = f"{'<=' if self._wanted else '>'} {self._within:g}"
        return Facts(value, needed, self._unit, nearness, {"other_track": other})

    def involved(self, subject: int) -> tuple[int, ...]:
        index = self._scene.index_of.get(subject) if self._scene else None
        if self._scene is None or index is None or not self._wanted:
            return ()
        away, other = self._nearest(self._scene, index)
        return (other,) if other is not None and away <= self._within else ()


class AloneNode(NearNode):
    name = "alone"
    _wanted = False
