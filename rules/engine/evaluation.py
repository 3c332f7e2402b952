"""The rules engine of one camera: tracks of frame after frame in, starts and ends of events out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from rules.engine.conditions import EVALUATORS, Evaluator, Hit, HitEnd, Setting, UnusableRuleError
from rules.engine.scene import Scene, SceneBuilder
from rules.engine.schema import ZoneShape
from rules.engine.transitions import ActiveRule, Ended, FrameTracks, Started, Transition

__all__ = ["ActiveRule", "Ended", "FrameTracks", "RuleEngine", "Started", "Transition"]


class RuleEngine:
    """Pure and deterministic: the same frames give the same transitions, on any host, in any order of tracks.

    A frame whose timestamp is not after the last one's is ignored: it says nothing new about time.
    ``unusable`` names the rules that cannot run on this camera, each with the reason; the others run.
    """

    def __init__(self, rules: Sequence[ActiveRule], zones: Sequence[ZoneShape]) -> None:
        self._builder = SceneBuilder(zones)
        self._last_ms: int | None = None
        self._open: set[tuple[int, int, int, int]] = set()
        evaluators: list[tuple[ActiveRule, Evaluator]] = []
        unusable: list[tuple[int, str]] = []
        zones_by_name = {zone.name: zone for zone in zones}
        for rule in rules:
            try:
                setting = Setting(rule.spec.who, zones_by_name)
                evaluators.append((rule, EVALUATORS[rule.spec.when.type](rule.spec.when, setting)))
            except UnusableRuleError as error:
                unusable.append((rule.rule_id, str(error)))
        self._evaluators = tuple(evaluators)
        self._known = frozenset((rule.rule_id, rule.version) for rule, _ in evaluators)
        self.unusable: tuple[tuple[int, str], ...] = tuple(unusable)

    def step(self, frame: FrameTracks) -> list[Transition]:
        """What this frame starts and ends: rule by rule as given, track by track, an end before a new start."""
        if self._last_ms is not None and frame.timestamp_ms <= self._last_ms:
            return []
        transitions: list[Transition] = list(self._release_orphans())
        previous_ms = frame.timestamp_ms if self._last_ms is None else self._last_ms
        self._last_ms = frame.timestamp_ms
        scene = self._builder.build(frame, previous_ms)
        for rule, evaluator in self._evaluators:
            changes = evaluator.step(scene)
            for change in sorted(changes, key=_by_track) if len(changes) > 1 else changes:
                transitions.extend(self._transitions(rule, change, scene))
        return transitions

    def finish(self) -> list[Ended]:
        """The recording is over: end every open event where its track last fulfilled it."""
        ends = self._release_orphans()
        for rule, evaluator in self._evaluators:
            ends.extend(self._ended(rule, end) for end in sorted(evaluator.finish(), key=_by_track))
        return ends

    def state(self) -> dict[str, object]:
        """All that is remembered, JSON-able; ``restore`` in an engine with the same rules goes on identically."""
        return {
            "last_ms": self._last_ms,
            "rules": [[rule.rule_id, rule.version, evaluator.state()] for rule, evaluator in self._evaluators],
            "open": [list(key) for key in sorted(self._open)],
        }

    def restore(self, state: dict[str, object]) -> None:
        """Go on from ``state``. Open events of rules that this engine has no more are ended by the next frame."""
        saved = cast(Any, state)
        rows = {(rule_id, version): rows for rule_id, version, rows in saved["rules"]}
        for rule, evaluator in self._evaluators:
            evaluator.restore(rows.get((rule.rule_id, rule.version), []))
        self._last_ms = saved["last_ms"]
        self._open = {tuple(key) for key in saved["open"]}

    def _release_orphans(self) -> list[Ended]:
        orphans = sorted(key for key in self._open if key[:2] not in self._known)
        self._open.difference_update(orphans)
        return [Ended(*key, end_ms=max(key[3], self._last_ms or 0)) for key in orphans]

    def _transitions(self, rule: ActiveRule, change: Hit | HitEnd, scene: Scene) -> list[Transition]:
        if isinstance(change, HitEnd):
            return [self._ended(rule, change)]
        self._open.add((rule.rule_id, rule.version, change.track_id, change.start_ms))
        started = _started(rule, change, scene)
        if not change.momentary:
            return [started]
        return [started, self._ended(rule, HitEnd(change.track_id, change.start_ms, change.start_ms))]

    def _ended(self, rule: ActiveRule, end: HitEnd) -> Ended:
        self._open.discard((rule.rule_id, rule.version, end.track_id, end.start_ms))
        return Ended(rule.rule_id, rule.version, end.track_id, end.start_ms, end.end_ms)


def _started(rule: ActiveRule, hit: Hit, scene: Scene) -> Started:
    left, top, right, bottom = scene.boxes_xyxy[hit.index].tolist()
    return Started(
        rule_id=rule.rule_id,
        version=rule.version,
        track_id=hit.track_id,
        start_ms=hit.start_ms,
        at_ms=scene.timestamp_ms,
        class_name=scene.class_names[hit.index],
        confidence=scene.confidences[hit.index],
        box_xyxy=(left, top, right, bottom),
        evidence=hit.evidence,
    )


def _by_track(change: Hit | HitEnd) -> int:
    return change.track_id
