"""The conditions of the rule language: one file each, and the registry that finds its evaluator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules.engine.conditions.base import Evaluator, Hit, HitEnd, Setting, StateRow, UnusableRuleError
from rules.engine.conditions.line_crossing import LineCrossingEvaluator
from rules.engine.conditions.zone_presence import ZonePresenceEvaluator

EVALUATORS: dict[str, Callable[[Any, Setting], Evaluator]] = {
    "zone_presence": ZonePresenceEvaluator,
    "line_crossing": LineCrossingEvaluator,
}
"""By the condition's ``type``. An evaluator takes its condition's model; it raises ``UnusableRuleError``."""

__all__ = ["EVALUATORS", "Evaluator", "Hit", "HitEnd", "Setting", "StateRow", "UnusableRuleError"]
