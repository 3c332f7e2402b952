"""A constant-velocity Kalman filter over all tracks of a stream at once.

The four sides of a box get the same noise in units of the box's size, so that one 2x2 covariance a track serves
all four: nothing to invert, a handful of array operations whatever the number of tracks. (With equal noise a
filter of the sides is the same as one of centre and size, only without the conversions.) Noise as in white-noise
acceleration, plus a random walk of the position.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workers.runtime.tracking.config import TrackerConfig

Floats = NDArray[np.float64]

# Columns of a motion row.
BOX = slice(0, 4)
LEFT_TOP = slice(0, 2)
RIGHT_BOTTOM = slice(2, 4)
VELOCITY = slice(4, 8)
VARIANCE, COVARIANCE, VELOCITY_VARIANCE = 8, 9, 10
WIDTH = 11

MIN_SIZE = 1.0
"""Pixels; a predicted box never shrinks below."""


def initial_motion(boxes_xyxy: Floats, config: TrackerConfig) -> Floats:
    """Rows for objects seen for the first time: standing still, with a wide doubt about the velocity."""
    rows = np.zeros((len(boxes_xyxy), WIDTH))
    rows[:, BOX] = boxes_xyxy
    rows[:, VARIANCE] = config.measurement_noise**2
    rows[:, VELOCITY_VARIANCE] = config.initial_velocity_noise**2
    return rows


def predict(rows: Floats, seconds: float, config: TrackerConfig) -> None:
    """Move every row ``seconds`` on, in place."""
    acceleration = config.velocity_noise**2
    rows[:, BOX] += rows[:, VELOCITY] * seconds
    np.maximum(rows[:, RIGHT_BOTTOM], rows[:, LEFT_TOP] + MIN_SIZE, out=rows[:, RIGHT_BOTTOM])
    covariance = rows[:, COVARIANCE]
    velocity_variance = rows[:, VELOCITY_VARIANCE]
    rows[:, VARIANCE] += (2 * seconds) * covariance + seconds**2 * velocity_variance
    rows[:, VARIANCE] += acceleration * seconds**3 / 3 + config.position_noise**2 * seconds
    covariance += velocity_variance * seconds + acceleration * seconds**2 / 2
    velocity_variance += acceleration * seconds


def correct(rows: Floats, boxes_xyxy: Floats, config: TrackerConfig) -> None:
    """Let every row see its box, in place."""
    variance, covariance = rows[:, VARIANCE], rows[:, COVARIANCE]
    total = variance + config.measurement_noise**2
    gain = variance / total
    velocity_gain = covariance / total
    innovation = boxes_xyxy - rows[:, BOX]
    rows[:, BOX] += gain[:, None] * innovation
    rows[:, VELOCITY] += velocity_gain[:, None] * innovation
    rows[:, VELOCITY_VARIANCE] -= velocity_gain * covariance
    doubt_left = 1 - gain
    variance *= doubt_left
    covariance *= doubt_left
