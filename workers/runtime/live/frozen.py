"""Tells a picture that stands still from a scene in which nothing moves."""

from __future__ import annotations

from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

COLUMNS, ROWS = 64, 36
LOOK_MS = 500
MAX_STILL_DIFFERENCE = 0.25
"""Mean difference of the points, in 256 steps of grey. Measured from keyframe to keyframe, 25 to 1400 kbit/s: one
picture encoded over and over 0.16 at most, once the encoder has settled; an empty room through a sensor of very
little noise (0.3 steps) 0.32 and more. Other frames say nothing: encoders leave noise out of them.
"""
FEWEST_STILL = 2


class FrozenWatch:
    """Frozen: for ``seconds`` no keyframe differed from the one before by more than coding noise.

    Compares single points, not averages: the noise of a sensor is what tells a quiet night from a frozen picture.
    """

    def __init__(self, seconds: float) -> None:
        self._still_ms = round(seconds * 1000)
        self._previous: NDArray[np.int16] | None = None
        self._looked_ms = 0
        self._still_since_ms = 0
        self._still = 0
        self.is_frozen = False

    def look(self, picture: VideoFrame, at_ms: int) -> None:
        if not picture.key_frame or (self._previous is not None and at_ms - self._looked_ms < LOOK_MS):
            return
        previous, points = self._previous, grey_points(picture)
        self._previous, self._looked_ms = points, at_ms
        if previous is None or float(np.abs(points - previous).mean()) > MAX_STILL_DIFFERENCE:
            self._still_since_ms, self._still, self.is_frozen = at_ms, 0, False
        else:
            self._still += 1
            self.is_frozen = self._still >= FEWEST_STILL and at_ms - self._still_since_ms >= self._still_ms


def grey_points(picture: VideoFrame) -> NDArray[np.int16]:
    """A grid of ROWS x COLUMNS single pixels of the picture's brightness."""
    grey = brightness(picture)
    rows = (np.arange(ROWS) * 2 + 1) * grey.shape[0] // (ROWS * 2)
    columns = (np.arange(COLUMNS) * 2 + 1) * grey.shape[1] // (COLUMNS * 2)
    return grey[np.ix_(rows, columns)].astype(np.int16)


def brightness(picture: VideoFrame) -> NDArray[np.uint8]:
    if not picture.format.name.startswith(("yuv", "nv")) or picture.format.components[0].bits != 8:
        return cast("NDArray[np.uint8]", picture.to_ndarray(format="gray8"))
    plane = picture.planes[0]  # read in place: converting the whole picture costs more than all of this
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: picture.height, : picture.width]
