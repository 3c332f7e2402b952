"""Tells a picture that stands still from a scene in which nothing moves."""

from __future__ import annotations

from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

COLUMNS, ROWS = 64, 36
LOOK_MS = 500
MAX_STILL_DIFFERENCE = 0.5
"""Mean difference of the points, in 256 steps of grey. Measured over 10 s, at 23 to 1400 kbit/s: one picture encoded
over and over up to 0.4; an empty scene with faint sensor noise (0.5 steps) 0.73 and more, an empty real room 2.0.
"""


class FrozenWatch:
    """Frozen: for ``seconds`` no picture differed from the first of them by more than coding noise.

    Compares single points, not averages: the noise of a sensor is what tells a quiet night from a frozen picture.
    """

    def __init__(self, seconds: float) -> None:
        self._still_ms = round(seconds * 1000)
        self._reference: NDArray[np.int16] | None = None
        self._since_ms = 0
        self._looked_ms: int | None = None
        self.is_frozen = False

    def look(self, picture: VideoFrame, at_ms: int) -> None:
        if self._looked_ms is not None and at_ms - self._looked_ms < LOOK_MS:
            return
        self._looked_ms = at_ms
        points = grey_points(picture)
        if self._reference is None or float(np.abs(points - self._reference).mean()) > MAX_STILL_DIFFERENCE:
            self._reference, self._since_ms, self.is_frozen = points, at_ms, False
        else:
            self.is_frozen = at_ms - self._since_ms >= self._still_ms


def grey_points(picture: VideoFrame) -> NDArray[np.int16]:
    """A grid of ROWS x COLUMNS single pixels of the picture's brightness."""
    grey = _brightness(picture)
    rows = (np.arange(ROWS) * 2 + 1) * grey.shape[0] // (ROWS * 2)
    columns = (np.arange(COLUMNS) * 2 + 1) * grey.shape[1] // (COLUMNS * 2)
    return grey[np.ix_(rows, columns)].astype(np.int16)


def _brightness(picture: VideoFrame) -> NDArray[np.uint8]:
    if not picture.format.name.startswith(("yuv", "nv")) or picture.format.components[0].bits != 8:
        return cast("NDArray[np.uint8]", picture.to_ndarray(format="gray8"))
    plane = picture.planes[0]  # read in place: converting the whole picture costs more than all of this
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: picture.height, : picture.width]
