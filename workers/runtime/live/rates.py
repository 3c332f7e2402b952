"""Lowers the cameras' detection rates while the process has more to do than it can, and gives back what it took."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

from workers.runtime.contract import Priority
from workers.runtime.live.speed import Recovery, Work

RANKS = {Priority.LOW: 0, Priority.NORMAL: 1, Priority.HIGH: 2}
STEP_SECONDS = 1.0
FLOOR_FPS = 1.0
"""No camera is looked at less often, however full the node is."""
LATE_SECONDS = 0.25
"""Live frames that wait longer than this for their inference, on average: too much to do."""
LOSING_SHARE = 0.2
"""Of the cameras, how many lose frames in one second when there is too much to do; fewer lose them by themselves."""
HICCUP_STEPS = 1
"""So many steps of it in a row are a moment's; nothing is lowered for them."""
LOWERED_SHARE = 0.05
"""Of all that is looked at, how much is taken away in one step."""
RAISED_SHARE = 0.01
"""Of all that is wanted, how much is given back in the first step without a sign of too much to do; n times as much
in the n-th."""
QUIET_SHARE = 0.3
"""A camera is quiet while fewer of its frames show anything to look at."""


class Device(Protocol):
    """What looks at the cameras' frames."""

    def waited_lately_seconds(self) -> float:
        """How long live frames waited for their inference in the last seconds, on average."""

    def work(self) -> Work:
        """Since the process began."""


@dataclass(eq=False, slots=True)
class Activity:
    """What a camera wants, is allowed and did. ``looked`` and ``dropped``: frames of the present step."""

    priority: Priority
    wanted_fps: float
    allowed_fps: float = field(init=False)
    looked: int = 0
    dropped: int = 0
    """Frames that a newer one replaced before anybody had time for them."""
    looked_share: float = 1.0
    """Of the allowed frames, those that were looked at, over the last few steps."""

    def __post_init__(self) -> None:
        self.allowed_fps = self.wanted_fps

    @property
    def spare_fps(self) -> float:
        """What can be taken away."""
        return max(0.0, self.wanted_fps - FLOOR_FPS)

    @property
    def turn(self) -> tuple[int, bool]:
        """Who has a lower one gives up first."""
        return RANKS[self.priority], self.looked_share >= QUIET_SHARE

    def end_step(self) -> None:
        self.looked_share += 0.5 * (min(1.0, (self.looked + self.dropped) / self.allowed_fps) - self.looked_share)
        self.looked = self.dropped = 0


class RateKeeper:
    """Low priorities and quiet cameras give up first and get back last. ``adapt`` may be called by every camera.

    What all cameras together give up is one number. It grows by a share and shrinks in steps that grow while all
    goes well, as TCP does with its window (Chiu and Jain, 1989), so that it stays near what the process can do.
    Where the device itself was slow (short of memory, held up) and is no longer, what it can do now is known from how
    much faster it became, and given back at once. Where something else is too slow, the device becomes no faster.
    """

    def __init__(self, device: Device, clock: Callable[[], float] = time.monotonic) -> None:
        self._device = device
        self._clock = clock
        self._lock = threading.Lock()
        self._cameras: list[Activity] = []
        self._stepped = clock()
        self._withheld_fps = 0.0
        self._full_steps = self._calm_steps = 0
        self._work = device.work()
        self._recovery = Recovery()

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
            seconds = self._clock() - self._stepped
            if seconds < STEP_SECONDS:
                return
            self._stepped += seconds
            self._step(seconds)
            self._share_out()

    def _step(self, seconds: float) -> None:
        wanted = sum(camera.wanted_fps for camera in self._cameras)
        before, self._work = self._work, self._device.work()
        if self._is_too_much():
            self._full_steps, self._calm_steps = self._full_steps + 1, 0
            self._recovery.short(sum(camera.looked for camera in self._cameras), seconds, self._work - before)
            if self._full_steps > HICCUP_STEPS:
                self._withheld_fps += LOWERED_SHARE * (wanted - self._withheld_fps)
        else:
            self._full_steps, self._calm_steps = 0, self._calm_steps + 1
            able = self._recovery.calm(self._work - before)
            self._withheld_fps -= RAISED_SHARE * self._calm_steps * wanted
            self._withheld_fps = min(self._withheld_fps, wanted - able)
        spare = sum(camera.spare_fps for camera in self._cameras)
        self._withheld_fps = min(max(self._withheld_fps, 0.0), spare)
        for camera in self._cameras:
            camera.end_step()

    def _is_too_much(self) -> bool:
        """One camera that loses frames while others lose none has too much to do for itself, not the process."""
        losing = sum(camera.dropped > 0 for camera in self._cameras)
        many = min(len(self._cameras), max(2, round(LOSING_SHARE * len(self._cameras))))
        return losing >= many or self._device.waited_lately_seconds() > LATE_SECONDS

    def _share_out(self) -> None:
        left = self._withheld_fps
        for _, group in groupby(sorted(self._cameras, key=_turn), key=_turn):
            cameras = list(group)
            spare = sum(camera.spare_fps for camera in cameras)
            share = min(1.0, left / spare) if spare else 0.0
            for camera in cameras:
                camera.allowed_fps = camera.wanted_fps - share * camera.spare_fps
            left -= share * spare


def _turn(camera: Activity) -> tuple[int, bool]:
    return camera.turn
