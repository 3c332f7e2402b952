"""Why a rule did not fire: the subject that came nearest, and the clauses that were missing, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rules.engine.clauses.base import Measure
from rules.engine.scene import SCENE, Scene
from rules.engine.transitions import ActiveRule


class Measuring(Protocol):
    def measure(self, scene: Scene, subject: int) -> Measure: ...


@dataclass(frozen=True, slots=True)
class WhyNot:
    """``missing`` holds what was measured and what was needed; ``reason`` is a sentence where nothing was measured."""

    rule_id: int
    version: int
    met: bool
    nearness: float
    """From 0 to 1 (met)."""
    track_id: int | None = None
    class_name: str = ""
    missing: tuple[dict[str, object], ...] = ()
    clauses: dict[str, object] | None = None
    reason: str = ""

    def as_data(self) -> dict[str, object]:
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return data | {"missing": list(self.missing), "nearness": round(self.nearness, 3)}


def why_not(rule: ActiveRule, evaluator: Measuring, scene: Scene) -> WhyNot:
    """How near the frame came to the rule."""
    if getattr(evaluator, "of_scene", False):
        return _answer(rule, scene, SCENE, evaluator.measure(scene, SCENE))
    indices = scene.of_class(rule.spec.who)
    if not indices:
        return WhyNot(rule.rule_id, rule.version, met=False, nearness=0.0, reason=_nobody(rule, scene))
    measured = [(scene.track_ids[index], _with_who(rule, scene, index, evaluator)) for index in indices]
    subject, measure = max(measured, key=lambda pair: (pair[1].met, pair[1].nearness, -pair[0]))
    return _answer(rule, scene, subject, measure)


def _with_who(rule: ActiveRule, scene: Scene, index: int, evaluator: Measuring) -> Measure:
    measure = evaluator.measure(scene, scene.track_ids[index])
    best, least = scene.best_confidences[index], rule.spec.who.min_confidence
    if best >= least or measure.met:
        return measure
    data = {"value": round(best, 3), "needed": f">= {least:g}", "unit": "confidence"}
    who = Measure("who", met=False, nearness=best / least, data=data)
    return Measure("all", met=False, nearness=(who.nearness + measure.nearness) / 2, data={}, parts=(who, measure))


def _answer(rule: ActiveRule, scene: Scene, subject: int, measure: Measure) -> WhyNot:
    index = scene.index_of.get(subject)
    return WhyNot(
        rule.rule_id,
        rule.version,
        met=measure.met,
        nearness=measure.nearness,
        track_id=subject or None,
        class_name="" if index is None else scene.class_names[index],
        missing=tuple(part.as_data() for part in missing(measure)),
        clauses=measure.as_data(),
    )


def missing(measure: Measure) -> tuple[Measure, ...]:
    """The clauses that keep the whole from being true; of alternatives, those of the nearest one."""
    if measure.met:
        return ()
    if measure.clause == "any":
        return missing(max(measure.parts, key=lambda part: part.nearness))
    if measure.clause == "all":
        found = tuple(each for part in measure.parts for each in missing(part))
        # Each part is true now, only never all at once for long enough.
        return found or (measure,)
    return measure, *_beneath(measure)


def _beneath(measure: Measure) -> tuple[Measure, ...]:
    """What is missing of that which comes next in a sequence, or has to last."""
    if measure.data.get("came_between"):
        return ()
    if measure.clause in ("then", "tailgating"):
        return missing(measure.parts[1 if measure.data["first_happened"] else 0])
    return missing(measure.parts[0]) if measure.clause == "lasting" else ()


def _nobody(rule: ActiveRule, scene: Scene) -> str:
    wanted = " or ".join(rule.spec.who.classes) or "anything"
    seen = sorted(set(scene.class_names))
    there = f"in the picture: {', '.join(seen)}" if seen else "the picture is empty"
    return f"no track is {wanted} as the rule asks; {there}"
