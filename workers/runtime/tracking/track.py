"""One track: a constant-velocity Kalman filter of its box, and what its detections say about its class.

The four sides of a box get the same noise in units of the box's size, so that one 2x2 covariance a track serves
all four: nothing to invert. (With equal noise a filter of the sides is the same as one of centre and size, only
without the conversions.) Noise as in white-noise acceleration, plus a random walk of the position.

Plain numbers: a frame has a handful of tracks, and for so few an array costs more than what it holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from workers.runtime.tracking.config import TrackerConfig

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Motion = tuple[Box, Box, float, float, float]

UNCONFIRMED = 0
"""The id of a track until it is confirmed: ids count confirmed tracks only, from 1."""
MIN_SIZE = 1.0
"""Pixels; a predicted box never shrinks below."""
MAX_CLASS_VOTE = 10.0
"""So that a class seen for an hour can still be outvoted in seconds."""


class Stride(NamedTuple):
    """From one frame to the next: the time, and what the doubt grows by in it."""

    seconds: float
    variance: float
    covariance: float
    velocity_variance: float

    @classmethod
    def of(cls, seconds: float, config: TrackerConfig) -> Self:
        seconds = min(seconds, config.max_step_seconds)
        acceleration = config.velocity_noise**2
        return cls(
            seconds,
            acceleration * seconds**3 / 3 + config.position_noise**2 * seconds,
            acceleration * seconds**2 / 2,
            acceleration * seconds,
        )


@dataclass(slots=True)
class Track:
    """``seen_ms``: when it was last seen. ``class_vote`` and ``evidence`` are sums of confidences."""

    box: Box
    velocity: Box
    variance: float
    covariance: float
    velocity_variance: float
    track_id: int
    class_id: int
    class_vote: float
    evidence: float
    seen_ms: int

    @classmethod
    def begin(cls, box: Box, class_id: int, confidence: float, at_ms: int, config: TrackerConfig) -> Self:
        """Of an object seen for the first time: it stands still, with a wide doubt about its velocity."""
        doubt = config.measurement_noise**2, 0.0, config.initial_velocity_noise**2
        return cls(box, (0.0, 0.0, 0.0, 0.0), *doubt, UNCONFIRMED, class_id, confidence, confidence, at_ms)

    @property
    def is_confirmed(self) -> bool:
        return self.track_id != UNCONFIRMED

    @property
    def motion(self) -> Motion:
        """All that ``move`` changes."""
        return self.box, self.velocity, self.variance, self.covariance, self.velocity_variance

    @motion.setter
    def motion(self, motion: Motion) -> None:
        self.box, self.velocity, self.variance, self.covariance, self.velocity_variance = motion

    def expected(self, seconds: float) -> Box:
        left, top, right, bottom = self.box
        left_speed, top_speed, right_speed, bottom_speed = self.velocity
        left += left_speed * seconds
        top += top_speed * seconds
        right, least_right = right + right_speed * seconds, left + MIN_SIZE
        bottom, least_bottom = bottom + bottom_speed * seconds, top + MIN_SIZE
        # Written out, since this is done for each track of each frame.
        return (
            left,
            top,
            right if right > least_right else least_right,
            bottom if bottom > least_bottom else least_bottom,
        )

    def move(self, stride: Stride) -> None:
        seconds, covariance, velocity_variance = stride.seconds, self.covariance, self.velocity_variance
        self.box = self.expected(seconds)
        self.variance += (2 * seconds) * covariance + seconds**2 * velocity_variance
        self.variance += stride.variance
        self.covariance += velocity_variance * seconds + stride.covariance
        self.velocity_variance += stride.velocity_variance

    def stand(self, config: TrackerConfig) -> None:
        """Nothing was seen for so long that only its place is known, and not how it moves."""
        doubt = config.measurement_noise**2, 0.0, config.initial_velocity_noise**2
        self.motion = self.box, (0.0, 0.0, 0.0, 0.0), *doubt

    def see(self, box: Sequence[float], class_id: int, confidence: float, at_ms: int, noise: float) -> None:
        """The object was found here; ``noise`` is the variance of what detectors say."""
        self._correct(box, noise)
        self._vote(class_id, confidence)
        self.evidence += confidence
        self.seen_ms = at_ms

    def _correct(self, box: Sequence[float], noise: float) -> None:
        variance, covariance = self.variance, self.covariance
        total = variance + noise
        gain, velocity_gain = variance / total, covariance / total
        left, top, right, bottom = self.box
        to_left, to_top, to_right, to_bottom = box[0] - left, box[1] - top, box[2] - right, box[3] - bottom
        self.box = left + gain * to_left, top + gain * to_top, right + gain * to_right, bottom + gain * to_bottom
        left, top, right, bottom = self.velocity
        self.velocity = (
            left + velocity_gain * to_left,
            top + velocity_gain * to_top,
            right + velocity_gain * to_right,
            bottom + velocity_gain * to_bottom,
        )
        self.velocity_variance -= velocity_gain * covariance
        self.variance = variance * (1 - gain)
        self.covariance = covariance * (1 - gain)

    def _vote(self, class_id: int, confidence: float) -> None:
        """Majority by weight with one counter (after Boyer and Moore)."""
        vote = self.class_vote + (confidence if class_id == self.class_id else -confidence)
        if vote < 0:
            self.class_id = class_id
        self.class_vote = min(abs(vote), MAX_CLASS_VOTE)

    def speed(self, box: Box) -> float:
        """In sizes of this box a second."""
        across, down = (self.velocity[0] + self.velocity[2]) / 2, (self.velocity[1] + self.velocity[3]) / 2
        return math.sqrt((across * across + down * down) / ((box[2] - box[0]) * (box[3] - box[1])))

    def row(self) -> list[float]:
        """For JSON; ``from_row`` gives the same track again."""
        motion = *self.box, *self.velocity, self.variance, self.covariance, self.velocity_variance
        return [*motion, self.track_id, self.class_id, self.class_vote, self.evidence, self.seen_ms]

    @classmethod
    def from_row(cls, row: Sequence[float]) -> Self:
        box, velocity = (row[0], row[1], row[2], row[3]), (row[4], row[5], row[6], row[7])
        track_id, class_id, class_vote, evidence, seen_ms = row[11:]
        doubt = row[8], row[9], row[10]
        return cls(box, velocity, *doubt, int(track_id), int(class_id), class_vote, evidence, int(seen_ms))
