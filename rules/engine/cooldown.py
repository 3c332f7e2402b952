"""Deduplication: after an event, silence for a while by the same track, of the same class, or on the whole camera."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rules.engine.transitions import ActiveRule, Started

MOST_KEYS = 256


class Cooldowns:
    """By rule and key, the moment of the last event that was let through."""

    def __init__(self, rules: Sequence[ActiveRule]) -> None:
        self._terms = {(rule.rule_id, rule.version): rule.spec.deduplicate for rule in rules if rule.spec.deduplicate}
        self._last: dict[tuple[int, int, str], int] = {}

    def permits(self, started: Started) -> bool:
        terms = self._terms.get((started.rule_id, started.version))
        if terms is None:
            return True
        whose = {"track": str(started.track_id), "class": started.class_name, "camera": ""}[terms.by]
        key = (started.rule_id, started.version, whose)
        last = self._last.get(key)
        if last is not None and started.start_ms - last < round(terms.cooldown * 1000):
            return False
        self._last.pop(key, None)
        self._last[key] = started.start_ms
        if len(self._last) > MOST_KEYS:
            del self._last[next(iter(self._last))]
        return True

    def state(self) -> list[list[Any]]:
        return [[*key, last] for key, last in self._last.items()]

    def restore(self, rows: list[list[Any]]) -> None:
        self._last = {(int(rule_id), int(version), str(key)): int(last) for rule_id, version, key, last in rows}
