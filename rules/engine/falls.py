"""Falls: somebody who stood or sat goes down fast, as fast as bodies drop, to the ground, and stays there.

With key points the shoulders show it, and hips that stay high tell bending and lying down on a bed from it. Without
them the top of the box does. All lengths are shares of the body's own height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, NamedTuple

from rules.engine.poses import Pose
from rules.engine.scene import Scene

WINDOW_MS = 1_500
"""From upright to the ground: a free fall takes half a second, one that is broken or slides down a second and more."""
DROP = 0.42
"""Sitting down on a chair is 0.25."""
BLIND_DROP = 0.5
"""Where nobody knows about the hips."""
SPEED = 0.6
"""A second, at its fastest: sitting down on the ground is up to 0.5, picking something up slower still at its end."""
SPEED_MS = 250
HIPS_DROP = 0.15
"""They hardly sink when somebody bends, or lies down where he sat."""
SQUAT = 0.22
"""Hips this far above the feet are not on the ground."""
TORSO = 0.3
"""From shoulders to hips."""
LOW = 0.55
"""The box's width by its height of somebody who is down, seen from where only the head or the feet point at us."""
LOST_DROP, LOST_SPEED = 0.3, 0.9
"""Of somebody whom the detector loses while going down: bodies in the air look like nothing it knows."""
LOST_MS = 300
EDGE = 0.995
"""A box that reaches the picture's edge is cut: who walks out of the picture gets smaller, too."""
FLAT = 1.2
RISEN = 0.2
DOWN_MS = 10_000
"""For so long somebody who fell is down, seen or not, unless seen to rise."""
MOST_LOOKS = 32
Box = tuple[float, float, float, float]


class Look(NamedTuple):
    """Heights in the picture, downwards; None: not sure."""

    at_ms: int
    top: float
    height: float
    flatness: float
    shoulders: float | None = None
    hips: float | None = None
    feet: float | None = None
    at_side: bool = False
    at_foot: bool = False
    """Cut by the picture's left or right edge, by its lower one."""

    @property
    def body(self) -> float:
        if self.shoulders is None or self.hips is None:
            return self.height
        return max(self.height, (self.hips - self.shoulders) / TORSO)


@dataclass(slots=True)
class Fallen:
    at_ms: int
    top: float
    height: float
    """When still standing."""
    class_name: str
    confidence: float
    left: float
    upper: float
    right: float
    lower: float

    @property
    def box(self) -> Box:
        return self.left, self.upper, self.right, self.lower


@dataclass(slots=True)
class Falls:
    """By track: how it was seen lately, and who is down."""

    looks: dict[int, list[Look]] = field(default_factory=dict)
    about: dict[int, tuple[str, float, Box]] = field(default_factory=dict)
    """Class, confidence and box in the newest look."""
    down: dict[int, Fallen] = field(default_factory=dict)

    def is_calm(self, now_ms: int) -> bool:
        """Nobody is down, and all who are remembered were seen just now."""
        return not self.down and all(looks[-1].at_ms == now_ms for looks in self.looks.values())

    def look(self, scene: Scene, poses: dict[int, Pose]) -> list[int]:
        """Take in a frame; returns those who fell and have not risen."""
        now = scene.timestamp_ms
        for track_id, pose in poses.items():
            self._look_at(scene, scene.index_of[track_id], pose)
        for track_id in [each for each in self.looks if each not in poses]:
            self._miss(track_id, now)
        for track_id in [each for each, fallen in self.down.items() if now - fallen.at_ms > DOWN_MS]:
            del self.down[track_id]
        return list(self.down)

    def _look_at(self, scene: Scene, index: int, pose: Pose) -> None:
        track_id, now = scene.track_ids[index], scene.timestamp_ms
        box = scene.boxes_xyxy[index].tolist()
        height = float(scene.heights[index])
        joints = pose.shoulders_y, pose.hips_y, pose.feet_y
        at_side = box[0] <= 1 - EDGE or box[2] >= EDGE
        newest = Look(now, box[1], height, pose.flatness, *joints, at_side=at_side, at_foot=box[3] >= EDGE)
        looks = [look for look in self.looks.get(track_id, []) if now - look.at_ms <= WINDOW_MS]
        looks = [*looks[-MOST_LOOKS + 1 :], newest]
        self.looks[track_id] = looks
        self.about[track_id] = (scene.class_names[index], scene.confidences[index], (box[0], box[1], box[2], box[3]))
        fallen = self.down.get(track_id)
        if fallen is not None:
            if newest.top - fallen.top < RISEN * fallen.height:
                del self.down[track_id]
        elif (before := fell(looks)) is not None:
            self._put_down(track_id, now, before)

    def _miss(self, track_id: int, now_ms: int) -> None:
        """Not seen in this frame."""
        looks = self.looks[track_id]
        unseen_ms = now_ms - looks[-1].at_ms
        if unseen_ms >= LOST_MS and track_id not in self.down and (before := was_falling(looks)) is not None:
            self._put_down(track_id, now_ms, before)
        if unseen_ms > WINDOW_MS or track_id in self.down:
            del self.looks[track_id], self.about[track_id]

    def _put_down(self, track_id: int, now_ms: int, before: Look) -> None:
        class_name, confidence, box = self.about[track_id]
        self.down[track_id] = Fallen(now_ms, before.top, before.height, class_name, confidence, *box)

    def state(self) -> list[Any]:
        looks = [[each, [list(look) for look in looks]] for each, looks in sorted(self.looks.items())]
        about = [
            [each, name, sure, *box] for each, (name, sure, box) in sorted(self.about.items()) if each in self.looks
        ]
        return [looks, about, [[each, *astuple(fallen)] for each, fallen in self.down.items()]]

    @classmethod
    def of_state(cls, state: list[Any]) -> Falls:
        looks, about, down = state
        return cls(
            {int(each): [Look(*look) for look in rows] for each, rows in looks},
            {int(each): (name, sure, (box[0], box[1], box[2], box[3])) for each, name, sure, *box in about},
            {int(each): Fallen(*values) for each, *values in down},
        )


def fell(looks: Sequence[Look]) -> Look | None:
    """The look from which somebody fell until the newest one, if so."""
    newest = looks[-1]
    if newest.flatness < LOW:
        return None
    body = max(look.body for look in looks)
    if not _is_low(newest, body) or _walked_out(looks):
        return None
    for index, before in enumerate(looks[:-1]):
        drop, needed = _drop(before, newest), DROP
        if before.hips is None or newest.hips is None:
            needed = BLIND_DROP
        elif newest.hips - before.hips < HIPS_DROP * body:
            continue
        if drop >= needed * body and _fastest(looks[index:]) >= SPEED * body:
            return before
    return None


def was_falling(looks: Sequence[Look]) -> Look | None:
    """As ``fell``, for somebody who was lost on the way down."""
    newest = looks[-1]
    body = max(look.body for look in looks)
    if _walked_out(looks):
        return None
    for index, before in enumerate(looks[:-1]):
        if before.hips is not None and newest.hips is not None and newest.hips - before.hips < HIPS_DROP * body:
            continue
        last = looks[max(index, len(looks) - 4) :]
        if _drop(before, newest) >= LOST_DROP * body and _fastest(last) >= LOST_SPEED * body:
            return before
    return None


def _walked_out(looks: Sequence[Look]) -> bool:
    """Perhaps: the newest box is cut, and neither lies flat nor shows the body down to its feet."""
    newest = looks[-1]
    is_cut = newest.at_side or (newest.at_foot and not all(look.at_foot for look in looks))
    return is_cut and newest.flatness < FLAT and (newest.hips is None or newest.feet is None)


def _is_low(look: Look, body: float) -> bool:
    return look.hips is None or look.feet is None or look.feet - look.hips <= SQUAT * body


def _drop(before: Look, after: Look) -> float:
    if before.shoulders is not None and after.shoulders is not None:
        return after.shoulders - before.shoulders
    return after.top - before.top


def _fastest(looks: Sequence[Look]) -> float:
    """The greatest speed downwards over two or more frames."""
    speeds = [
        _drop(one, other) / (other.at_ms - one.at_ms) * 1000
        for index, one in enumerate(looks)
        for other in looks[index + 1 : index + 4]
        if other.at_ms - one.at_ms >= SPEED_MS
    ]
    return max(speeds, default=0.0)
