"""Deduplication: after an event, silence for a while by the same track, of the same class, or on the whole camera."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rules.engine.transitions import ActiveRule, Started

MOST_KEYS = 256
"""Of one rule: one that comes true often must not make others forget."""
Rule = tuple[int, int]


class Cooldowns:
    """By rule and key, the moment of the last event that was let through."""

    def __init__(self, rules: Sequence[ActiveRule]) -> None:
        self._terms = {(rule.rule_id, rule.version): rule.spec.deduplicate for rule in rules if rule.spec.deduplicate}
        self._last: dict[Rule, dict[str, int]] = {}

    def permits(self, started: Started) -> bool:
        rule = (started.rule_id, started.version)
        terms = self._terms.get(rule)
        if terms is None:
            return True
        key = {"track": str(started.track_id), "class": started.class_name, "camera": ""}[terms.by]
        known = self._last.setdefault(rule, {})
        last = known.get(key)
        if last is not None and started.start_ms - last < round(terms.cooldown * 1000):
            return False
        known.pop(key, None)
        known[key] = started.start_ms
        if len(known) > MOST_KEYS:
            del known[next(iter(known))]
        return True

    def state(self) -> list[list[Any]]:
        return [[*rule, key, last] for rule, known in self._last.items() for key, last in known.items()]

    def restore(self, rows: list[list[Any]]) -> None:
        self._last = {}
        for rule_id, version, key, last in rows:
            self._last.setdefault((int(rule_id), int(version)), {})[str(key)] = int(last)
