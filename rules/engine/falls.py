"""Falls as boxes show them: the top of a standing person's box drops within a second and does not rise again."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from typing import Any

from rules.engine.poses import Pose
from rules.engine.scene import Scene

WINDOW_MS = 1_000
DROP = 0.4
"""Of the standing height: sitting down on a chair is about a quarter, and slower."""
RISEN = 0.2
LOW = 0.65
"""The box's width by its height of somebody who is down; standing it is less than a half."""
TURN_MS = 1_500
"""By key points: from an upright torso to a lying one in this time is a fall; slower is lying down."""
DOWN_MS = 10_000
"""For so long somebody who fell is down, seen or not, unless seen to rise."""
MOST_LOOKS = 32
Box = tuple[float, float, float, float]


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
    """By track: where the box's top was lately, when the torso was last upright, and who is down."""

    looks: dict[int, list[tuple[int, float, float]]] = field(default_factory=dict)
    upright: dict[int, int] = field(default_factory=dict)
    down: dict[int, Fallen] = field(default_factory=dict)

    def look(self, scene: Scene, poses: dict[int, Pose]) -> list[int]:
        """Take in a frame; returns those who fell and have not risen."""
        now = scene.timestamp_ms
        for track_id, pose in poses.items():
            self._look_at(scene, scene.index_of[track_id], pose)
        for track_id in [each for each, looks in self.looks.items() if now - looks[-1][0] > WINDOW_MS]:
            del self.looks[track_id]
        for track_id in [each for each, at_ms in self.upright.items() if now - at_ms > TURN_MS]:
            del self.upright[track_id]
        for track_id in [each for each, fallen in self.down.items() if now - fallen.at_ms > DOWN_MS]:
            del self.down[track_id]
        return list(self.down)

    def _look_at(self, scene: Scene, index: int, pose: Pose) -> None:
        track_id, now = scene.track_ids[index], scene.timestamp_ms
        top, height = float(scene.boxes_xyxy[index, 1]), float(scene.heights[index])
        looks = [look for look in self.looks.get(track_id, []) if now - look[0] <= WINDOW_MS]
        standing = max(looks, key=lambda look: look[2], default=(now, top, height))
        turned = self._turned(track_id, now, pose)
        dropped = top - standing[1] >= DROP * standing[2] and pose.flatness >= LOW
        fallen = self.down.get(track_id)
        if fallen is not None and top - fallen.top < RISEN * fallen.height:
            del self.down[track_id]
        elif fallen is None and (turned or dropped):
            box = scene.boxes_xyxy[index].tolist()
            about = scene.class_names[index], scene.confidences[index]
            self.down[track_id] = Fallen(now, standing[1], standing[2], *about, box[0], box[1], box[2], box[3])
        self.looks[track_id] = [*looks[-MOST_LOOKS + 1 :], (now, top, height)]

    def _turned(self, track_id: int, now_ms: int, pose: Pose) -> bool:
        if pose.angle is None:
            return False
        if pose.upright:
            self.upright[track_id] = now_ms
        return pose.lying and now_ms - self.upright.get(track_id, -TURN_MS - 1) <= TURN_MS

    def state(self) -> list[Any]:
        return [
            [[each, [list(look) for look in looks]] for each, looks in sorted(self.looks.items())],
            [list(row) for row in sorted(self.upright.items())],
            [[each, *astuple(fallen)] for each, fallen in self.down.items()],
        ]

    @classmethod
    def of_state(cls, state: list[Any]) -> Falls:
        looks, upright, down = state
        return cls(
            {int(each): [(int(at), top, height) for at, top, height in rows] for each, rows in looks},
            {int(each): int(at) for each, at in upright},
            {int(each): Fallen(*values) for each, *values in down},
        )
