"""The conditions of the rule language: the evaluator of each, and of a tree of clauses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules.engine.conditions.base import Evaluator, Hit, HitEnd, Setting, Shown, StateRow, UnusableRuleError
from rules.engine.conditions.line_crossing import LineCrossingEvaluator
from rules.engine.conditions.tree import TreeEvaluator
from rules.engine.conditions.zone_presence import ZonePresenceEvaluator
from rules.engine.rule import Condition

EVALUATORS: dict[str, Callable[[Any, Setting], Evaluator]] = {
    "zone_presence": ZonePresenceEvaluator,
    "line_crossing": LineCrossingEvaluator,
}
"""By the condition's ``type``; clauses have none. An evaluator may raise ``UnusableRuleError``."""


def evaluator(condition: Condition, setting: Setting) -> Evaluator:
    """Raises ``UnusableRuleError`` when the camera lacks what the condition needs."""
    return EVALUATORS.get(getattr(condition, "type", ""), TreeEvaluator)(condition, setting)


__all__ = [
    "EVALUATORS",
    "Evaluator",
    "Hit",
    "HitEnd",
    "Setting",
    "Shown",
    "StateRow",
    "TreeEvaluator",
    "UnusableRuleError",
    "evaluator",
]
