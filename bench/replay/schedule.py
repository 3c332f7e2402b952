"""What one replay camera shows and when: its recording in a loop, shifted and jittering, the same in every process."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from bench.replay.recording import FPS, DetectionRecording
from workers.runtime.detections import Detections
from workers.runtime.tracking import TrackerConfig

STEP_MS = 1000 // FPS
JITTER_MS = 15
JITTERS = 997
"""A prime, so that no lap of a recording meets the jitter of the lap before."""
SEAM_FRAMES = round((TrackerConfig().lost_seconds + 1) * FPS)
"""Empty frames between two laps: every track ends before the next lap begins."""
EMPTY = Detections.empty()


@dataclass(frozen=True, slots=True)
class ReplayFrame:
    at_ms: int
    found: Detections


@dataclass(slots=True)
class ReplaySchedule:
    """Frame ``number`` of a camera, counted from the stream's zero; ``seed`` gives its phase and its jitter."""

    recording: DetectionRecording
    seed: int
    _phase: int = field(init=False)
    _offset_ms: int = field(init=False)
    _jitters_ms: list[int] = field(init=False)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        self._phase = chance.randrange(self.lap_frames)
        self._offset_ms = chance.randrange(JITTER_MS, STEP_MS - JITTER_MS)
        self._jitters_ms = [chance.randint(-JITTER_MS, JITTER_MS) for _ in range(JITTERS)]

    @property
    def lap_frames(self) -> int:
        return len(self.recording.frames) + SEAM_FRAMES

    def at_ms(self, number: int) -> int:
        """Stream time of a frame; grows with ``number``."""
        return number * STEP_MS + self._offset_ms + self._jitters_ms[number % JITTERS]

    def frame(self, number: int) -> ReplayFrame:
        place = (number + self._phase) % self.lap_frames
        frames = self.recording.frames
        return ReplayFrame(self.at_ms(number), frames[place] if place < len(frames) else EMPTY)

    def first_after(self, now_ms: int) -> int:
        """The number of the first frame that is not over yet."""
        number = max(0, now_ms // STEP_MS - 1)
        while self.at_ms(number) <= now_ms:
            number += 1
        return number
