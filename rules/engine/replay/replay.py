"""Plays one rule over a camera's tracks, stream by stream, and pairs the starts of its events with their ends."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rules.engine.basics import ZoneShape
from rules.engine.clauses.camera import CameraNode
from rules.engine.evaluation import RuleEngine
from rules.engine.explanation import WhyNot
from rules.engine.frames import FrameTracks
from rules.engine.replay.columns import TrackTable, columns_of
from rules.engine.replay.memory import ToldMemory
from rules.engine.replay.plan import Lately, Plan, plan_of
from rules.engine.surroundings import Surroundings
from rules.engine.transitions import ActiveRule, Started, Transition


@dataclass(frozen=True, slots=True)
class ReplayHit:
    """An event that the rule would have made. ``end_ms`` is None where the replay stopped before it ended."""

    started: Started
    end_ms: int | None


class Replay:
    """One rule on one stream: portions of its tracks in the order of time, then ``finish``.

    The hits are those of an engine that is shown every frame; frames that change nothing are passed over.
    ``unusable`` is the reason why the rule cannot run on this camera, or empty.
    """

    def __init__(self, rule: ActiveRule, zones: Sequence[ZoneShape], surroundings: Surroundings | None = None) -> None:
        self._rule = rule
        self._calibration = None if surroundings is None else surroundings.calibration
        self._zones = {zone.name: zone for zone in zones}
        self._memory = ToldMemory(motion=rule.spec.needs_motion())
        self._engine = RuleEngine([rule], zones, surroundings, memory=self._memory)
        self.unusable = next((reason for _, reason in self._engine.unusable), "")
        self._open: dict[tuple[int, int], ReplayHit] = {}
        self._lately: Lately = {}
        self._is_followed = False
        """Every frame has to be shown from now on."""
        self._shown_ms = -math.inf
        self.frames = 0
        self.steps = 0
        """How many of the frames the engine was shown."""

    def play(self, frames: Iterable[FrameTracks]) -> list[ReplayHit]:
        """The hits that ended in this portion, in the order of their ends."""
        portion = list(frames)
        columns = None if self._is_followed else columns_of(portion)
        return self.play_columns(columns) if columns is not None else self._follow(portion)

    def play_columns(self, columns: TrackTable) -> list[ReplayHit]:
        later = columns.later_than(self._shown_ms)
        if not len(later) or self.unusable:
            return []
        plan = None if self._is_followed else self._plan_of(later)
        if plan is None:
            return self._follow(later.frame(number) for number in range(len(later)))
        self._shown_ms, self._lately = int(later.at_ms[-1]), plan.lately
        self.frames += len(later)
        hits = self._hits(self._planned(plan))
        self._memory.forget_but(plan.lately)
        return hits

    def _plan_of(self, columns: TrackTable) -> Plan | None:
        usual = {id(node.words): node.usual_sharpness for node in self._engine.nodes() if isinstance(node, CameraNode)}
        return plan_of(self._rule.spec, self._zones, columns, self._lately, self._calibration, self._shown_ms, usual)

    def follow(self, frames: Iterable[FrameTracks]) -> list[ReplayHit]:
        """As ``play``, with every frame shown from now on."""
        return [] if self.unusable else self._follow(frames)

    def why_not(self) -> list[WhyNot]:
        """How near the last frame came to the rule; it has to be one that was followed."""
        return self._engine.why_not()

    def finish(self) -> list[ReplayHit]:
        """The stream is over: what was open ended where its track last fulfilled the rule."""
        return self._hits(self._engine.finish())

    def unfinished(self) -> list[ReplayHit]:
        """What is open now."""
        return list(self._open.values())

    def _follow(self, frames: Iterable[FrameTracks]) -> list[ReplayHit]:
        if not self._is_followed:
            self._memory.go_on(self._lately)
            self._engine.ask_all_again()
        self._is_followed = True
        return self._hits(self._shown(frames))

    def _shown(self, frames: Iterable[FrameTracks]) -> Iterator[Transition]:
        for frame in frames:
            self.frames += 1
            self.steps += 1
            self._shown_ms = max(self._shown_ms, frame.timestamp_ms)
            yield from self._engine.step(frame)

    def _planned(self, plan: Plan) -> Iterator[Transition]:
        columns, engine, times = plan.columns, self._engine, plan.columns.at_ms
        steps, starts = plan.steps.tolist(), columns.starts.tolist()
        memory, motion = self._memory, plan.motion
        reminded = [(each, node) for node in engine.nodes() for each in plan.memories.get(id(node.words), ())]
        number, place = 0, 0
        spoken = deque(columns.looks.attributes.items())
        while True:
            while spoken and spoken[0][0] < times[number]:
                memory.hear(spoken.popleft()[1])
            rows = slice(starts[number], starts[number + 1])
            memory.best, memory.motion = plan.best[rows], None if motion is None else motion[:, rows]
            for each, node in reminded:
                each.remind(node, number)
            if reminded:
                engine.ask_all_again()
            self.steps += 1
            yield from engine.step(columns.frame(number))
            while place < len(steps) and steps[place] <= number:
                place += 1
            if place == len(steps):
                return
            following = steps[place]
            if following > number + 1:
                deadline = engine.quiet_before()
                if deadline <= times[following]:
                    # A whole number: for another kind the times would be copied each time.
                    following = max(number + 1, int(np.searchsorted(times, math.ceil(deadline))))
            if following > number + 1:
                engine.pass_over(int(times[following - 1]), following - 1 - number)
            number = following

    def _hits(self, transitions: Iterable[Transition]) -> list[ReplayHit]:
        ended = []
        for each in transitions:
            key = (each.track_id, each.start_ms)
            if isinstance(each, Started):
                self._open[key] = ReplayHit(each, None)
            elif key in self._open:
                ended.append(replace(self._open.pop(key), end_ms=each.end_ms))
        return ended


def why_not_at(
    rules: Sequence[ActiveRule],
    zones: Sequence[ZoneShape],
    frames: Iterable[FrameTracks],
    surroundings: Surroundings | None = None,
) -> list[WhyNot]:
    """How near the last of the frames came to each rule; those before it are what the rules remember."""
    engine = RuleEngine(rules, zones, surroundings)
    for frame in frames:
        engine.step(frame)
    return engine.why_not()
