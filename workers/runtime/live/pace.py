"""Which of a live stream's pictures are analysed."""

from __future__ import annotations

from dataclasses import dataclass, field

EARLY = 0.25
"""A picture this part of a step early counts as due: arrival jitters, and a camera at just our rate loses none."""


@dataclass(slots=True)
class Beat:
    """At most ``fps`` pictures a second on average, as evenly as they come."""

    fps: float
    _due_ms: float | None = None

    def is_due(self, at_ms: float) -> bool:
        return self._due_ms is None or at_ms >= self._due_ms - EARLY * 1000 / self.fps

    def take(self, at_ms: float) -> None:
        """The picture was taken; what a pause left out is not made up for."""
        step_ms = 1000 / self.fps
        self._due_ms = at_ms + step_ms if self._due_ms is None else max(self._due_ms, at_ms - step_ms / 2) + step_ms


@dataclass(slots=True)
class Pace:
    """Pictures at the rate that is wanted, or at a lower one while no more is allowed.

    ``held_back`` counts the pictures that would have been taken at the full rate.
    """

    full_fps: float
    held_back: int = 0
    _full: Beat = field(init=False)
    _allowed: Beat = field(init=False)

    def __post_init__(self) -> None:
        self._full, self._allowed = Beat(self.full_fps), Beat(self.full_fps)

    @property
    def fps(self) -> float:
        return self._allowed.fps

    def allow(self, fps: float) -> None:
        self._allowed.fps = min(fps, self.full_fps)

    def is_due(self, at_ms: float) -> bool:
        return self._allowed.is_due(at_ms)

    def take(self, at_ms: float) -> None:
        self._allowed.take(at_ms)
        if self._full.is_due(at_ms):
            self._full.take(at_ms)

    def leave(self, at_ms: float) -> None:
        """The picture was not due."""
        if self._full.is_due(at_ms):
            self._full.take(at_ms)
            self.held_back += 1
