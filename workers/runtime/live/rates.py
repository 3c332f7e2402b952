"""Lowers the cameras' detection rates while the process has more to do than it can, and gives back what it took."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from workers.runtime.contract import Priority
from workers.runtime.live.load import DetectorLoad

RANKS = {Priority.LOW: 0, Priority.NORMAL: 1, Priority.HIGH: 2}
STEP_SECONDS = 1.0
FLOOR_FPS = 1.0
"""No camera is looked at less often, however full the node is."""
LOWER, RAISE = 0.8, 1.25
SHARE_LOWERED = 0.25
"""Of the cameras, how many give something up in one step."""
LATE_SECONDS = 0.2
"""Live frames that wait longer than this for their inference, on average: too much to do."""
EARLY_SECONDS, EARLY_BUSY = 0.08, 0.9
"""Below both there is room for more."""


@dataclass(eq=False, slots=True)
class Activity:
    """What a camera wants, is allowed and did. ``looked`` and ``dropped``: frames of the present step."""

    priority: Priority
    wanted_fps: float
    allowed_fps: float = field(init=False)
    looked: int = 0
    dropped: int = 0
    """Frames that a newer one replaced before anybody had time for them."""

    def __post_init__(self) -> None:
        self.allowed_fps = self.wanted_fps

    @property
    def floor_fps(self) -> float:
        return min(FLOOR_FPS, self.wanted_fps)


class RateKeeper:
    """Low priorities and quiet cameras give up first and get back last. ``adapt`` may be called by every camera."""

    def __init__(self, load: Callable[[], DetectorLoad], clock: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._cameras: list[Activity] = []
        self._stepped = clock()

    def join(self, activity: Activity) -> None:
        with self._lock:
            self._cameras.append(activity)

    def leave(self, activity: Activity) -> None:
        with self._lock:
            if activity in self._cameras:
                self._cameras.remove(activity)

    def adapt(self) -> None:
        """Once a second, whoever comes first."""
        with self._lock:
            if self._clock() - self._stepped < STEP_SECONDS:
                return
            self._stepped = self._clock()
            self._step(self._load())
            for camera in self._cameras:
                camera.looked = camera.dropped = 0

    def _step(self, load: DetectorLoad) -> None:
        dropped = sum(camera.dropped for camera in self._cameras)
        kept = sum(camera.looked for camera in self._cameras)
        if load.waited_seconds > LATE_SECONDS or dropped > 0.05 * (kept + dropped) + 1:
            self._lower()
        elif not dropped and load.waited_seconds < EARLY_SECONDS and load.busy_share < EARLY_BUSY:
            self._raise()

    def _lower(self) -> None:
        able = [camera for camera in self._cameras if camera.allowed_fps > camera.floor_fps]
        able.sort(key=lambda camera: (RANKS[camera.priority], camera.looked))
        for camera in able[: _some(len(self._cameras))]:
            camera.allowed_fps = max(camera.floor_fps, camera.allowed_fps * LOWER)

    def _raise(self) -> None:
        able = [camera for camera in self._cameras if camera.allowed_fps < camera.wanted_fps]
        able.sort(key=lambda camera: (-RANKS[camera.priority], -camera.looked))
        for camera in able[: _some(len(self._cameras))]:
            camera.allowed_fps = min(camera.wanted_fps, camera.allowed_fps * RAISE)


def _some(count: int) -> int:
    return max(1, round(count * SHARE_LOWERED))
