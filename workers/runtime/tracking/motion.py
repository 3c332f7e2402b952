"""A constant-velocity Kalman filter over all tracks of a stream at once.

The four coordinates of a box (centre x, centre y, width, height) get the same noise in units of the box's
size, so that one 2x2 covariance a track serves all four: nothing to invert, a handful of array operations
whatever the number of tracks. Noise as in white-noise acceleration, plus a random walk of the position.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workers.runtime.tracking.config import TrackerConfig

Floats = NDArray[np.float64]

# Columns of a motion row.
CENTRE = slice(0, 2)
SIZE = slice(2, 4)
BOX = slice(0, 4)
VELOCITY = slice(4, 8)
SIZE_VELOCITY = slice(6, 8)
VARIANCE, COVARIANCE, VELOCITY_VARIANCE = 8, 9, 10
WIDTH = 11

MIN_SIZE = 1.0
"""Pixels; a predicted box never shrinks below."""


def initial_motion(boxes_cxcywh: Floats, config: TrackerConfig) -> Floats:
    """Rows for objects seen for the first time: standing still, with a wide doubt about the velocity."""
    rows = np.zeros((len(boxes_cxcywh), WIDTH))
    rows[:, BOX] = boxes_cxcywh
    rows[:, VARIANCE] = config.measurement_noise**2
    rows[:, VELOCITY_VARIANCE] = config.initial_velocity_noise**2
    return rows


def predict(rows: Floats, seconds: float, config: TrackerConfig) -> None:
    """Move every row ``seconds`` on, in place."""
    acceleration = config.velocity_noise**2
    rows[:, BOX] += rows[:, VELOCITY] * seconds
    np.maximum(rows[:, SIZE], MIN_SIZE, out=rows[:, SIZE])
    covariance = rows[:, COVARIANCE]
    velocity_variance = rows[:, VELOCITY_VARIANCE]
    rows[:, VARIANCE] += (
        (2 * seconds) * covariance
        + seconds**2 * velocity_variance
        + (acceleration * seconds**3 / 3 + config.position_noise**2 * seconds)
    )
    covariance += velocity_variance * seconds + acceleration * seconds**2 / 2
    velocity_variance += acceleration * seconds


def correct(rows: Floats, boxes_cxcywh: Floats, config: TrackerConfig) -> Floats:
    """The rows after each has seen its box."""
    result = rows.copy()
    gain = rows[:, VARIANCE] / (rows[:, VARIANCE] + config.measurement_noise**2)
    velocity_gain = rows[:, COVARIANCE] / (rows[:, VARIANCE] + config.measurement_noise**2)
    innovation = boxes_cxcywh - rows[:, BOX]
    result[:, BOX] += gain[:, None] * innovation
    result[:, VELOCITY] += velocity_gain[:, None] * innovation
    result[:, VARIANCE] *= 1 - gain
    result[:, VELOCITY_VARIANCE] -= velocity_gain * rows[:, COVARIANCE]
    result[:, COVARIANCE] *= 1 - gain
    return result
