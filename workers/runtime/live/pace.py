"""Which of a live stream's pictures are analysed."""

from __future__ import annotations

from dataclasses import dataclass, field

EARLY = 0.25
"""A picture this part of a step early counts as due: arrival jitters, and a camera at just our rate loses none."""


@dataclass(slots=True)
class Pace:
    """At most ``fps`` pictures a second on average, as evenly as they come; ``allow`` may lower that for a while.

    ``held_back`` counts the pictures that would have been taken at the full rate.
    """

    fps: float
    held_back: int = 0
    _full_fps: float = field(init=False)
    _due_ms: float | None = None
    _taken_ms: float | None = None

    def __post_init__(self) -> None:
        self._full_fps = self.fps

    def allow(self, fps: float) -> None:
        self.fps = min(fps, self._full_fps)

    def is_due(self, at_ms: float) -> bool:
        return self._due_ms is None or at_ms >= self._due_ms - EARLY * 1000 / self.fps

    def take(self, at_ms: float) -> None:
        """The picture was taken; what a pause left out is not made up for."""
        self._count(at_ms)
        step_ms = 1000 / self.fps
        self._due_ms = at_ms + step_ms if self._due_ms is None else max(self._due_ms, at_ms - step_ms / 2) + step_ms

    def _count(self, at_ms: float) -> None:
        if self._taken_ms is not None and self.fps < self._full_fps:
            # A longer pause than our own step is the camera's.
            since_ms = min(at_ms - self._taken_ms, 1000 / self.fps)
            self.held_back += max(0, round(since_ms * self._full_fps / 1000) - 1)
        self._taken_ms = at_ms
