"""How live cameras do: what their workers report, debounced, told to open pages, and raised as events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from workers.runtime.contract import StreamHealth


@dataclass(frozen=True, slots=True)
class CameraReport:
    """What a camera's worker says of it; ``at``: when it said so, on the platform's clock."""

    camera_id: int
    health: StreamHealth
    at: datetime


def health_note(reports: Sequence[CameraReport]) -> None:
    """Take in what the workers report, many cameras at once and every few seconds."""
