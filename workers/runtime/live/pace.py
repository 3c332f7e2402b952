"""Which of a live stream's pictures are analysed."""

from __future__ import annotations

from dataclasses import dataclass

EARLY = 0.25
"""A picture this part of a step early counts as due: arrival jitters, and a camera at just our rate loses none."""


@dataclass(slots=True)
class Pace:
    """At most ``fps`` pictures a second on average, as evenly as they come; the rate may be changed at any time."""

    fps: float
    _due_ms: float | None = None

    def is_due(self, at_ms: float) -> bool:
        return self._due_ms is None or at_ms >= self._due_ms - EARLY * 1000 / self.fps

    def take(self, at_ms: float) -> None:
        """The picture was taken; what a pause left out is not made up for."""
        step_ms = 1000 / self.fps
        self._due_ms = at_ms + step_ms if self._due_ms is None else max(self._due_ms, at_ms - step_ms / 2) + step_ms
