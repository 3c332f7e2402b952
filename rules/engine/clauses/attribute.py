"""``attribute``: what is said of a whole track, such as the colour of a car or of somebody's jacket."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from pydantic import Field

from rules.engine.basics import Name
from rules.engine.clauses.base import Facts, Held, HeldNode, Setting, share
from rules.engine.scene import Scene
from rules.engine.watching import SEEN


class Attribute(Held):
    """The model's score for the attribute reaches ``min_score``; with ``is: false`` it is known and stays below."""

    SHORT: ClassVar[str | None] = "name"

    name: Name
    is_so: bool = Field(default=True, alias="is")
    min_score: float = Field(default=0.5, gt=0, le=1)

    def fits(self, score: float | None) -> bool:
        return score is not None and (score >= self.min_score) == self.is_so


class AttributeNode(HeldNode):
    name = "attribute"

    def __init__(self, arguments: Attribute, setting: Setting) -> None:
        super().__init__(arguments, setting)
        setting.needs_attribute(arguments.name)
        self._arguments = arguments
        self.watch = SEEN

    def holds(self, scene: Scene) -> Collection[int]:
        rows = zip(scene.track_ids, scene.eligible(self._who), strict=True)
        return [track_id for track_id, fits in rows if fits and self._fulfils(scene, track_id)]

    def _fulfils(self, scene: Scene, track_id: int) -> bool:
        return self._arguments.fits(scene.attributes_of(track_id).get(self._arguments.name))

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        if subject not in scene.index_of:
            return None
        score = scene.attributes_of(subject).get(self._arguments.name)
        least, wanted = self._arguments.min_score, self._arguments.is_so
        nearness = 0.0 if score is None else share(score, least) if wanted else share(least, score)
        needed = f"{'>=' if wanted else '<'} {least:g}"
        return Facts(score, needed, "score", nearness, {"attribute": self._arguments.name})
