"""Zone presence: a track stays inside a polygon for a time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rules.engine.clauses.base import Measure, share
from rules.engine.conditions.base import Hit, HitEnd, Setting, StateRow
from rules.engine.rule import ZonePresence
from rules.engine.scene import Scene
from rules.engine.transitions import Evidence


@dataclass(slots=True)
class Stay:
    entered_ms: int
    inside_ms: int
    """When the track was last seen inside."""
    frames: int
    started: bool


class ZonePresenceEvaluator:
    """A stay begins in a frame with enough confidence and goes on in any frame that sees the track inside.

    So an object that is half hidden for a while does not make a second event.
    """

    def __init__(self, condition: ZonePresence, setting: Setting) -> None:
        setting.zone(condition.zone, "polygon")
        self._condition = condition
        self._who = setting.who
        self._dwell_ms = round(condition.dwell_seconds * 1000)
        self._gap_ms = round(condition.gap_seconds * 1000)
        self._stays: dict[int, Stay] = {}
        self._current: tuple[int, int] | None = None
        """Time and number of the last frame that was stepped, or is known to have changed nothing."""
        self.watch = setting.watch(condition.zone)
        self.due_ms: float = 0

    def step(self, scene: Scene) -> list[Hit | HitEnd]:
        self.catch_up(scene.previous_ms, scene.number - 1)
        changes: list[Hit | HitEnd] = []
        stays, is_faint = self._stays, False
        for index in self._indices_inside(scene):
            stay = stays.get(scene.track_ids[index])
            if stay is not None and stay.started and stay.inside_ms == scene.previous_ms:
                stay.inside_ms, stay.frames = scene.timestamp_ms, stay.frames + 1
            else:
                changes.extend(self._seen_inside(scene, index))
                is_faint = is_faint or scene.track_ids[index] not in stays
        changes.extend(self._close_left(scene.timestamp_ms))
        self._current = (scene.timestamp_ms, scene.number)
        # Of those inside somebody may be too faint for a stay to begin.
        self.due_ms = 0 if is_faint else self._deadline(scene.timestamp_ms)
        return changes

    def catch_up(self, at_ms: int, number: int) -> None:
        if self._current is None or self._current[1] >= number:
            return
        current_ms, current_number = self._current
        for stay in self._stays.values():
            if stay.inside_ms == current_ms:
                stay.inside_ms = at_ms
                stay.frames += number - current_number
        self._current = (at_ms, number)

    def _deadline(self, now_ms: int) -> float:
        """When somebody has been inside for long enough, or away for too long."""
        moments = [
            stay.entered_ms + self._dwell_ms if stay.inside_ms == now_ms else stay.inside_ms + self._gap_ms + 1
            for stay in self._stays.values()
            if stay.inside_ms != now_ms or not stay.started
        ]
        return min(moments, default=math.inf)

    def finish(self) -> list[HitEnd]:
        ends = [self._end(track_id, stay) for track_id, stay in self._stays.items() if stay.started]
        self._stays.clear()
        self._forget_scene()
        return ends

    def state(self) -> list[StateRow]:
        return [
            [track_id, stay.entered_ms, stay.inside_ms, stay.frames, stay.started]
            for track_id, stay in sorted(self._stays.items())
        ]

    def restore(self, rows: list[StateRow]) -> None:
        self._stays = {
            int(track_id): Stay(int(entered_ms), int(inside_ms), int(frames), bool(started))
            for track_id, entered_ms, inside_ms, frames, started in rows
        }
        self._forget_scene()

    def _forget_scene(self) -> None:
        self._current, self.due_ms = None, 0

    def measure(self, scene: Scene, subject: int) -> Measure:
        self.catch_up(scene.timestamp_ms, scene.number)
        stay = self._stays.get(subject)
        data: dict[str, object] = {"zone": self._condition.zone, "needed": self._dwell_ms / 1000, "unit": "s inside"}
        if stay is None:
            away = scene.zone_distance(self._condition.zone, scene.index_of[subject])
            data |= {"value": 0, "body_heights_away": round(away, 3)}
            return Measure("zone_presence", met=False, nearness=0.5 / (1 + away), data=data)
        inside_ms = stay.inside_ms - stay.entered_ms
        data |= {"value": inside_ms / 1000, "since_ms": stay.entered_ms, "last_ms": stay.inside_ms}
        nearness = 1.0 if stay.started else 0.5 + 0.5 * share(inside_ms, self._dwell_ms)
        return Measure("zone_presence", stay.started, nearness, data)

    def _indices_inside(self, scene: Scene) -> list[int]:
        inside = scene.indices_inside(self._condition.zone)
        if not inside:
            return []
        fitting = scene.fitting(self._who)
        return [index for index in inside if fitting[index]]

    def _seen_inside(self, scene: Scene, index: int) -> list[Hit | HitEnd]:
        track_id, now_ms = scene.track_ids[index], scene.timestamp_ms
        changes: list[Hit | HitEnd] = []
        stay = self._stays.get(track_id)
        # Two frames in a row inside are one stay, however far apart the frames are.
        if stay and stay.inside_ms != scene.previous_ms and now_ms - stay.inside_ms > self._gap_ms:
            changes.extend(self._close(track_id))
            stay = None
        if stay is None:
            if scene.confidences[index] < self._who.min_confidence:
                return changes
            stay = self._stays[track_id] = Stay(entered_ms=now_ms, inside_ms=now_ms, frames=0, started=False)
        stay.inside_ms = now_ms
        stay.frames += 1
        if not stay.started and now_ms - stay.entered_ms >= self._dwell_ms:
            stay.started = True
            changes.append(Hit(index, track_id, self._moment(stay), self._evidence(stay)))
        return changes

    def _close_left(self, now_ms: int) -> list[HitEnd]:
        left = [track_id for track_id, stay in self._stays.items() if now_ms - stay.inside_ms > self._gap_ms]
        return [end for track_id in left for end in self._close(track_id)] if left else []

    def _close(self, track_id: int) -> list[HitEnd]:
        stay = self._stays.pop(track_id)
        return [self._end(track_id, stay)] if stay.started else []

    def _moment(self, stay: Stay) -> int:
        # Not the frame's time: a dropped frame must not change the event's moment, and with it its key.
        return stay.entered_ms + self._dwell_ms

    def _end(self, track_id: int, stay: Stay) -> HitEnd:
        return HitEnd(track_id, self._moment(stay), stay.inside_ms)

    def _evidence(self, stay: Stay) -> Evidence:
        return {
            "condition": self._condition.type,
            "zone": self._condition.zone,
            "entered_ms": stay.entered_ms,
            "dwell_seconds": self._condition.dwell_seconds,
            "inside_seconds": (stay.inside_ms - stay.entered_ms) / 1000,
            "frames_inside": stay.frames,
        }
