"""Falls: somebody who stood or sat goes down fast, as fast as bodies drop, to the ground, and lies there.

With key points the shoulders show it: hips that stay high tell bending and lying down on a bed from it, a torso that
stays upright sitting down on the ground. Without them the box does. All lengths are shares of the body's own height.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, NamedTuple

from rules.engine.poses import Pose
from rules.engine.scene import Scene

WINDOW_MS = 2_000
"""From upright to lying: a free fall takes half a second, one that is broken or slides down up to two."""
DROP = 0.33
"""Of the shoulders. Sitting down on a chair is 0.25, falling from it to the ground 0.4."""
BLIND_DROP = 0.45
"""Where nobody knows about the hips: lying down where one sat is 0.35, falling from a chair 0.57."""
DEEP_DROP, BLIND_DEEP_DROP = 0.54, 0.58
"""So deep nobody sits, however the torso seems to be held. On real footage, at 4 to 15 frames a second, the shoulders
sink by up to 0.50 as far as sitting on the ground and by 0.58 and more to lying; the top of the box sinks deeper.
"""
NEARER = 0.25
"""To the lower end of the box, which sinks too where somebody comes nearer or the camera turns."""
SPEED = 0.6
"""A second, at its fastest: sitting down on the ground is up to 0.5, picking something up slower still at its end."""
SPEED_MS, SPEED_LOOKS = 250, 2
"""Measured from a look to the first ones after so long: at any number of frames a second."""
HIPS_DROP = 0.13
"""They hardly sink when somebody bends, or lies down where he sat; from a chair to the ground it is 0.2."""
SQUAT = 0.16
"""Hips this far above the feet are not on the ground."""
TORSO = 0.3
"""From shoulders to hips."""
SUNK_TORSO = 0.15
"""Of somebody who lies, so far up at most from the hips to the shoulders: it leans by more than 60 degrees."""
LOST_DROP, LOST_SPEED = 0.3, 0.9
"""Of somebody whom the detector loses while going down: bodies in the air look like nothing it knows."""
LAST_MS, LAST_LOOKS = 600, 4
"""As fast as that in so long before, and in so many looks at least."""
LOST_MS = 300
LOST_ON_GROUND_MS = 600
"""Who sits there is overlooked in a frame or two; who lies often in all."""
EDGE = 0.995
"""A box that reaches the picture's edge is cut: who walks out of the picture gets smaller, too."""
FLAT = 1.2
RISEN = 0.2
DOWN_MS = 10_000
"""For so long somebody who fell is down, seen or not, unless seen to rise."""
MOST_LOOKS = 64
"""Thirty a second, in two."""
Box = tuple[float, float, float, float]
About = tuple[str, float, Box]
"""Class, confidence and box."""


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
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def is_somebody_elses(self) -> bool:
        """The key points: of somebody in front, who hides all but the head."""
        return self.shoulders is not None and self.shoulders > self.bottom

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
    about: dict[int, About] = field(default_factory=dict)
    """In the newest look."""
    down: dict[int, Fallen] = field(default_factory=dict)

    def is_calm(self, now_ms: int) -> bool:
        """Nobody is down, and of those who are not seen any more nobody can have fallen."""
        return not self.down and not any(
            was_falling(looks, LOST_ON_GROUND_MS) for looks in self.looks.values() if looks[-1].at_ms != now_ms
        )

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
        left, top, right, bottom = box = scene.boxes_xyxy[index].tolist()
        joints = pose.shoulders_y, pose.hips_y, pose.feet_y
        at_side, at_foot = is_cut(box)
        height = float(scene.heights[index])
        newest = Look(now, top, height, pose.flatness, *joints, at_side=at_side, at_foot=at_foot)
        about = scene.class_names[index], scene.confidences[index], (left, top, right, bottom)
        looks = self.see(track_id, newest, about)
        fallen = self.down.get(track_id)
        if fallen is not None:
            if newest.top - fallen.top < RISEN * fallen.height:
                del self.down[track_id]
        elif (before := fell(looks)) is not None:
            self._put_down(track_id, now, before)

    def see(self, track_id: int, newest: Look, about: About) -> list[Look]:
        """Take in a look at somebody, without asking what follows; returns all that count."""
        looks = [look for look in self.looks.get(track_id, []) if newest.at_ms - look.at_ms <= WINDOW_MS]
        self.looks[track_id] = looks = [*looks[-MOST_LOOKS + 1 :], newest]
        self.about[track_id] = about
        return looks

    def forget(self, before_ms: int) -> None:
        """Those who were not seen since then."""
        for track_id in [each for each, looks in self.looks.items() if looks[-1].at_ms < before_ms]:
            del self.looks[track_id], self.about[track_id]

    def _miss(self, track_id: int, now_ms: int) -> None:
        """Not seen in this frame."""
        looks = self.looks[track_id]
        unseen_ms = now_ms - looks[-1].at_ms
        if track_id not in self.down and (before := was_falling(looks, unseen_ms)) is not None:
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


def is_cut(box: Sequence[float]) -> tuple[bool, bool]:
    """By the picture's left or right edge, and by its lower one."""
    return box[0] <= 1 - EDGE or box[2] >= EDGE, box[3] >= EDGE


def fell(looks: Sequence[Look]) -> Look | None:
    """The look from which somebody fell until the newest one, in which he lies, if so."""
    before = _went_down(looks)
    return before if before is not None and _lies(before, looks[-1], _body(looks)) else None


def was_falling(looks: Sequence[Look], unseen_ms: int) -> Look | None:
    """As ``fell``, for somebody who was lost on the way down, or on the ground before he was seen to lie."""
    if unseen_ms >= LOST_ON_GROUND_MS and (before := _went_down(looks)) is not None:
        return before
    if unseen_ms < LOST_MS or _walked_out(looks):
        return None
    newest, body = looks[-1], _body(looks)
    last = min(_since(looks, newest.at_ms - LAST_MS), len(looks) - LAST_LOOKS)
    for index, before in enumerate(looks[:-1]):
        if _sank(before, newest, LOST_DROP, body) and _fastest(looks[max(index, last, 0) :]) >= LOST_SPEED * body:
            return before
    return None


def _went_down(looks: Sequence[Look]) -> Look | None:
    """The look from which somebody got to the ground, fast, until the newest one."""
    newest, body = looks[-1], _body(looks)
    if not _is_low(newest, body) or _walked_out(looks) or newest.is_somebody_elses:
        return None
    for index, before in enumerate(looks[:-1]):
        needed = BLIND_DROP if before.hips is None or newest.hips is None else DROP
        if _sank(before, newest, needed, body) and _fastest(looks[index:]) >= SPEED * body:
            return before
    return None


def _sank(before: Look, after: Look, needed: float, body: float) -> bool:
    """The shoulders so deep, the hips and the box as well."""
    drop = _drop(before, after)
    if before.hips is not None and after.hips is not None and after.hips - before.hips < HIPS_DROP * body:
        return False
    return drop >= needed * body and drop - (after.bottom - before.bottom) >= NEARER * body


def _body(looks: Sequence[Look]) -> float:
    return max(look.body for look in looks)


def _lies(before: Look, look: Look, body: float) -> bool:
    is_blind = before.shoulders is None or look.shoulders is None
    if _drop(before, look) >= (BLIND_DEEP_DROP if is_blind else DEEP_DROP) * body:
        return True
    if look.shoulders is None or look.hips is None:
        return look.flatness >= FLAT
    return look.hips - look.shoulders <= SUNK_TORSO * body


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
    """The greatest speed downwards over a quarter of a second or little more, however many frames that are."""
    pairs = (
        (one, other)
        for one in looks
        for since in (_since(looks, one.at_ms + SPEED_MS),)
        for other in looks[since : since + SPEED_LOOKS]
    )
    return max((_drop(one, other) / (other.at_ms - one.at_ms) * 1000 for one, other in pairs), default=0.0)


def _since(looks: Sequence[Look], at_ms: int) -> int:
    """Where those begin that are not earlier."""
    return bisect_left(looks, at_ms, key=lambda look: look.at_ms)
