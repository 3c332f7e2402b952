"""What evaluators and clauses are made from on one camera, and why one cannot run there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rules.engine.basics import Document, Who, ZoneShape
from rules.engine.colours import model_of_attribute
from rules.engine.surroundings import Surroundings
from rules.engine.watching import Watched

if TYPE_CHECKING:
    from rules.engine.clauses.base import Node


class UnusableRuleError(ValueError):
    """A rule that cannot be evaluated on this camera; the message is a sentence for its author."""


@dataclass(frozen=True)
class Setting:
    """What an evaluator is made from, besides its condition."""

    who: Who
    zones: Mapping[str, ZoneShape]
    surroundings: Surroundings = field(default_factory=Surroundings)
    watched: Watched = field(default_factory=Watched)
    build: Callable[[Document, Setting], Node] | None = None
    """Makes the node of a clause within a clause."""

    def zone(self, name: str, kind: str) -> ZoneShape:
        """Raises ``UnusableRuleError`` when the camera has no such zone."""
        zone = self.zones.get(name)
        if zone is None:
            raise UnusableRuleError(f"the camera has no zone named “{name}”")
        if zone.kind != kind:
            raise UnusableRuleError(f"the zone “{name}” is a {zone.kind}; this rule needs a {kind}")
        self.watched.zones.add(name)
        return zone

    def watch(self, *areas: str) -> int:
        """The bits of those whom the rule is about, and of these areas."""
        bits = self.watched.who(self.who)
        for name in areas:
            bits |= self.watched.area(name, self.who)
        return bits

    def node(self, clause: Document) -> Node:
        assert self.build is not None, "an engine builds nodes"  # noqa: S101
        return self.build(clause, self)

    def about(self, who: Who | None) -> Setting:
        """Raises ``UnusableRuleError`` when a model that it names does not look at the camera's tracks."""
        if who is None:
            return self
        if who.model not in (None, "detector"):
            self.needs_model(str(who.model), "the rule")
        for name in who.attributes:
            self.needs_attribute(name)
        return replace(self, who=self.watched.one_of_the_same(who))

    def needs_model(self, model: str, what: str) -> None:
        """Raises ``UnusableRuleError`` when no such model looks at the camera's tracks."""
        models = self.surroundings.models
        if models is not None and model not in models:
            raise UnusableRuleError(f"{what} needs the model “{model}”, which this worker does not have")

    def needs_attribute(self, name: str) -> None:
        self.needs_model(model_of_attribute(name), f"the attribute “{name}”")

    def needs_calibration(self, what: str) -> None:
        if self.surroundings.calibration is None:
            raise UnusableRuleError(f"{what} in metres needs the camera's four-point calibration")
