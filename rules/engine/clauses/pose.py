"""``pose``: lying, falling, hands raised, bending, running."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from rules.engine.clauses.base import Facts, Held, HeldNode, Setting, State, known
from rules.engine.falls import WINDOW_MS, About, Falls, Look
from rules.engine.poses import Pose, pose_of
from rules.engine.scene import Scene
from rules.engine.watching import SEEN

RUNNING = 1.5
"""Own heights a second, over a second: people on their way across a real campus reach 1.23, joggers begin at 1.5."""
RUNNING_STRIDE = 0.3
KEPT_MS = 1_500
"""A model looks now and then: what it saw stands for so long where there is no newer look."""
FROM_KEYPOINTS = ("hands_raised", "bending")


class PoseIs(Held):
    """From key points where a pose model delivers them, else from the box's shape (lying and falling only).

    Who fell is so until seen to rise, for ten seconds even if not seen any more. ``uses: keypoints`` never guesses
    from the box. Running is a matter of speed, and of the stride if that is known.
    """

    SHORT: ClassVar[str | None] = "is"
    MODEL: ClassVar[str | None] = "pose"

    pose: Literal["lying", "falling", "hands_raised", "bending", "running"] = Field(alias="is")
    uses: Literal["keypoints", "box", "either"] = "either"

    @property
    def needs_motion(self) -> bool:
        return self.pose == "running"

    @property
    def needs_keypoints(self) -> bool:
        """Whether it knows nothing without the model."""
        return self.uses == "keypoints" or self.pose in FROM_KEYPOINTS


class PoseNode(HeldNode):
    name = "pose"
    finds_out = True

    def __init__(self, arguments: PoseIs, setting: Setting) -> None:
        super().__init__(arguments, setting)
        if arguments.needs_keypoints:
            setting.needs_model("pose", f"the pose “{arguments.pose}”")
        self._pose = arguments.pose
        self._uses = arguments.uses
        self._falls = Falls()
        self.watch = SEEN
        self._poses: dict[int, Pose] = {}
        self._seen: dict[int, tuple[int, Pose]] = {}
        """By track: the newest pose from key points."""

    def tell(self, seen: Mapping[int, tuple[int, Pose]]) -> None:
        """By track: its newest pose before the next frame, whether that was shown or not."""
        self._seen |= seen

    def tell_looks(self, looks: Iterable[tuple[int, Look, About]], at_ms: int) -> None:
        """At those who may fall, since it was last asked; they did not until the next frame, which is at ``at_ms``."""
        self._falls.forget(at_ms - 2 * WINDOW_MS)
        for track_id, look, about in looks:
            self._falls.see(track_id, look, about)

    def due_ms(self) -> float:
        # Who is down is given up after a while, seen or not.
        is_calm = self._pose != "falling" or (not self._true and self._falls.is_calm(self.asked_ms))
        return super().due_ms() if is_calm else 0

    def holds(self, scene: Scene) -> Collection[int]:
        now = scene.timestamp_ms
        self._seen = {each: seen for each, seen in self._seen.items() if now - seen[0] <= KEPT_MS}
        self._poses = {}
        for index, fits in enumerate(scene.eligible(self._who)):
            pose = self._pose_of(scene, index) if fits else None
            if pose is not None:
                self._poses[scene.track_ids[index]] = pose
        if self._pose == "falling":
            return self._falls.look(scene, self._poses)
        return [each for each, pose in self._poses.items() if self._fulfils(scene, scene.index_of[each], pose)]

    def _pose_of(self, scene: Scene, index: int) -> Pose | None:
        track_id, box = scene.track_ids[index], scene.boxes_xyxy[index]
        keypoints = None if self._uses == "box" else scene.frame.keypoints.get(track_id)
        if keypoints is not None:
            pose = pose_of(box, keypoints.astype(np.float64), scene.frame.aspect)
            self._seen[track_id] = (scene.timestamp_ms, pose)
            return pose
        shape = pose_of(box, None, scene.frame.aspect)
        if track_id in self._seen and self._pose != "falling":
            return self._seen[track_id][1]._replace(flatness=shape.flatness)
        return None if self._uses == "keypoints" else shape

    def _fulfils(self, scene: Scene, index: int, pose: Pose) -> bool:
        match self._pose:
            case "lying":
                return pose.lying
            case "hands_raised":
                return bool(pose.raised)
            case "bending":
                return pose.bending
        return bool(scene.speeds[index] >= RUNNING) and (pose.stride is None or pose.stride >= RUNNING_STRIDE)

    def last_seen(self, subject: int) -> tuple[str, float, tuple[float, float, float, float]] | None:
        fallen = self._falls.down.get(subject)
        return None if fallen is None else (fallen.class_name, fallen.confidence, fallen.box)

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        pose, index = self._poses.get(subject), scene.index_of.get(subject)
        if index is None:
            return None
        if pose is None:
            return Facts(None, self._pose, "", 0.0)
        detail: dict[str, object] = {"flatness": round(pose.flatness, 2)}
        if pose.angle is not None:
            detail["torso_angle"] = round(pose.angle, 1)
        if self._pose == "running":
            detail["speed"] = known(float(scene.speeds[index]), 2)
        nearness = min(1.0, (pose.angle if pose.angle is not None else 45 * pose.flatness) / 60)
        return Facts(_word(pose), self._pose, "", nearness if self._pose in ("lying", "falling") else 0.0, detail)

    def memory(self) -> State:
        seen = [[each, at_ms, *pose] for each, (at_ms, pose) in sorted(self._seen.items())]
        return [*super().memory(), self._falls.state(), seen]

    def remember(self, memory: State) -> None:
        super().remember(memory)
        self._falls = Falls.of_state(memory[1])
        self._seen = {int(each): (int(at_ms), Pose(*pose)) for each, at_ms, *pose in memory[2]}


def _word(pose: Pose) -> str:
    if pose.lying:
        return "lying"
    if pose.bending:
        return "bending"
    return "upright" if pose.upright else "in between"
