"""The rules engine of one camera: tracks of frame after frame in, starts and ends of events out."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any, cast

from rules.engine.basics import Who
from rules.engine.clauses import Node, build
from rules.engine.conditions import EVALUATORS, Evaluator, Hit, HitEnd, Setting, UnusableRuleError, evaluator
from rules.engine.conditions.tree import TreeEvaluator
from rules.engine.cooldown import Cooldowns
from rules.engine.explanation import WhyNot, why_not
from rules.engine.memory import TrackMemory
from rules.engine.scene import Scene, SceneBuilder
from rules.engine.schema import ZoneShape
from rules.engine.surroundings import Surroundings
from rules.engine.transitions import ActiveRule, Ended, FrameTracks, Started, Transition

__all__ = ["ActiveRule", "Ended", "FrameTracks", "RuleEngine", "Started", "Transition"]


class RuleEngine:
    """Pure and deterministic: the same frames give the same transitions, on any host, in any order of tracks.

    A frame whose timestamp is not after the last one's is ignored: it says nothing new about time.
    ``unusable`` names the rules that cannot run on this camera, each with the reason; the others run.
    """

    def __init__(
        self,
        rules: Sequence[ActiveRule],
        zones: Sequence[ZoneShape],
        surroundings: Surroundings | None = None,
        *,
        memory: TrackMemory | None = None,
    ) -> None:
        self._last_ms: int | None = None
        self._scene: Scene | None = None
        self._open: set[tuple[int, int, int, int]] = set()
        self._cooldowns = Cooldowns(rules)
        given = Setting(Who(), {zone.name: zone for zone in zones}, surroundings or Surroundings(), build=build)
        self._evaluators, self.unusable = _evaluators_of(rules, given)
        self._known = frozenset((rule.rule_id, rule.version) for rule, _ in self._evaluators)
        self._orphans = False
        """Whether open events may be there of rules that this engine does not have."""
        self._watches = [each.watch for _, each in self._evaluators]
        self._dues_ms = [each.due_ms for _, each in self._evaluators]
        self._watch, self._due_ms = functools.reduce(operator.or_, self._watches, 0), 0.0
        used = [zone for zone in given.zones.values() if zone.name in given.watched.zones]
        # The first two conditions need no memory of tracks beside their own.
        remembers = any(
            rule.spec.who.attributes or getattr(rule.spec.when, "type", None) not in EVALUATORS for rule in rules
        )
        memory = memory or TrackMemory(motion=any(rule.spec.needs_motion() for rule in rules))
        self._builder = SceneBuilder(used, given.surroundings, given.watched, memory=memory if remembers else None)

    def step(self, frame: FrameTracks) -> list[Transition]:
        """What this frame starts and ends: rule by rule as given, track by track, an end before a new start."""
        last_ms, now_ms = self._last_ms, frame.timestamp_ms
        if last_ms is not None and now_ms <= last_ms:
            return []
        transitions: list[Transition] = list(self._release_orphans()) if self._orphans else []
        self._last_ms = now_ms
        self._scene = scene = self._builder.build(frame, now_ms if last_ms is None else last_ms)
        if self._watch & scene.stirred or now_ms >= self._due_ms:
            self._evaluate(scene, transitions)
        return transitions

    def _evaluate(self, scene: Scene, transitions: list[Transition]) -> None:
        """Those rules for which something may have changed since the frame before."""
        stirred, now_ms, dues_ms = scene.stirred, scene.timestamp_ms, self._dues_ms
        for position, watch in enumerate(self._watches):
            if watch & stirred or now_ms >= dues_ms[position]:
                rule, each = self._evaluators[position]
                changes = each.step(scene)
                dues_ms[position] = each.due_ms
                for change in sorted(changes, key=_by_track) if len(changes) > 1 else changes:
                    transitions.extend(self._transitions(rule, change, scene))
        self._due_ms = min(dues_ms, default=math.inf)

    def ask_all_again(self) -> None:
        """In the next frame, whether anything in it is stirred or not."""
        self._due_ms, self._dues_ms = 0.0, [0.0] * len(self._evaluators)

    def _catch_up(self) -> None:
        """Have the rules note down what went on in the frames in which they were not asked."""
        if self._last_ms is not None:
            for _, each in self._evaluators:
                each.catch_up(self._last_ms, self._builder.frames)
            self._builder.catch_up()

    def quiet_before(self) -> float:
        """Until when (stream time) frames can change nothing as long as nobody comes, goes, or moves in their sense."""
        return self._due_ms

    def nodes(self) -> Iterator[Node]:
        """All nodes of the rules' trees."""
        for _, each in self._evaluators:
            if isinstance(each, TreeEvaluator):
                yield from each.nodes()

    def pass_over(self, at_ms: int, frames: int) -> None:
        """So many frames, the last of them at ``at_ms``, changed nothing and are not shown: a replay knows."""
        self._last_ms = at_ms
        self._builder.look_away(frames)

    def finish(self) -> list[Ended]:
        """The recording is over: end every open event where its track last fulfilled it."""
        ends = self._release_orphans()
        self._catch_up()
        self.ask_all_again()
        for rule, each in self._evaluators:
            for end in sorted(each.finish(), key=_by_track):
                ends.extend(self._ended(rule, end))
        return ends

    def why_not(self) -> list[WhyNot]:
        """For each rule, in the frame that was stepped last: who came nearest to it, and what was missing."""
        if self._scene is None:
            return []
        scene = self._scene
        found = [why_not(rule, each, scene) for rule, each in self._evaluators]
        reasons = [WhyNot(rule_id, 0, met=False, nearness=0.0, reason=reason) for rule_id, reason in self.unusable]
        return [*found, *reasons]

    def state(self) -> dict[str, object]:
        """All that is remembered, JSON-able; ``restore`` in an engine with the same rules goes on identically."""
        self._catch_up()
        state: dict[str, object] = {
            "last_ms": self._last_ms,
            "rules": [[rule.rule_id, rule.version, each.state()] for rule, each in self._evaluators],
            "open": [list(key) for key in sorted(self._open)],
        }
        if self._builder.memory is not None:
            state["tracks"] = self._builder.memory.state()
        if cooldowns := self._cooldowns.state():
            state["cooldowns"] = cooldowns
        return state

    def restore(self, state: dict[str, object]) -> None:
        """Go on from ``state``. Open events of rules that this engine has no more are ended by the next frame."""
        saved = cast(Any, state)
        rows = {(rule_id, version): rows for rule_id, version, rows in saved["rules"]}
        for rule, each in self._evaluators:
            each.restore(rows.get((rule.rule_id, rule.version), []))
        if self._builder.memory is not None:
            self._builder.memory.restore(saved.get("tracks", []))
        self._cooldowns.restore(saved.get("cooldowns", []))
        self._last_ms = saved["last_ms"]
        self._open = {tuple(key) for key in saved["open"]}
        self._orphans, self._scene = True, None
        self.ask_all_again()
        self._builder.look_away()

    def _release_orphans(self) -> list[Ended]:
        orphans = sorted(key for key in self._open if key[:2] not in self._known)
        self._open.difference_update(orphans)
        self._orphans = False
        return [Ended(*key, end_ms=max(key[3], self._last_ms or 0)) for key in orphans]

    def _transitions(self, rule: ActiveRule, change: Hit | HitEnd, scene: Scene) -> list[Transition]:
        if isinstance(change, HitEnd):
            return list(self._ended(rule, change))
        started = _started(rule, change, scene)
        if not self._cooldowns.permits(started):
            return []
        self._open.add((rule.rule_id, rule.version, change.track_id, change.start_ms))
        if not change.momentary:
            return [started]
        return [started, *self._ended(rule, HitEnd(change.track_id, change.start_ms, change.start_ms))]

    def _ended(self, rule: ActiveRule, end: HitEnd) -> list[Ended]:
        key = (rule.rule_id, rule.version, end.track_id, end.start_ms)
        if key not in self._open:
            # A cooldown swallowed its start.
            return []
        self._open.remove(key)
        return [Ended(*key, end.end_ms)]


def _evaluators_of(
    rules: Sequence[ActiveRule], given: Setting
) -> tuple[tuple[tuple[ActiveRule, Evaluator], ...], tuple[tuple[int, str], ...]]:
    evaluators: list[tuple[ActiveRule, Evaluator]] = []
    unusable: list[tuple[int, str]] = []
    for rule in rules:
        try:
            setting = given.about(rule.spec.who)
            evaluators.append((rule, evaluator(rule.spec.when, setting)))
        except UnusableRuleError as error:
            unusable.append((rule.rule_id, str(error)))
    return tuple(evaluators), tuple(unusable)


def _started(rule: ActiveRule, hit: Hit, scene: Scene) -> Started:
    if hit.shown is None:
        left, top, right, bottom = scene.edges[:, hit.index].tolist()
        class_name, confidence = scene.class_names[hit.index], scene.surety.item(hit.index)
    else:
        left, top, right, bottom = hit.shown.box_xyxy
        class_name, confidence = hit.shown.class_name, hit.shown.confidence
    return Started(
        rule_id=rule.rule_id,
        version=rule.version,
        track_id=hit.track_id,
        start_ms=hit.start_ms,
        at_ms=scene.timestamp_ms,
        class_name=class_name,
        confidence=confidence,
        box_xyxy=(left, top, right, bottom),
        evidence=hit.evidence,
    )


def _by_track(change: Hit | HitEnd) -> int:
    return change.track_id
