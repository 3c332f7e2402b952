"""Measures the picture as a whole for rules about the camera itself: covered, dark, blurred, moved."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from rules.engine.frames import SceneSignals
from workers.runtime.live.frozen import brightness

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

EVERY_MS = 1_000
VIEW = (64, 36)
"""What is remembered of a view: small, since it travels with the stream's state. A step is 1.6 % of the width."""
SHARP_WIDTH = 640
SAME = 0.01
RENEWED_MS, RENEWED_SHARE = 60_000, 0.1
"""While the view stays the same it takes over so much of what is seen now: light and season change it, people pass."""
ADOPTED_MS = 600_000
"""A camera that was turned for good has a new view after so long."""
STRONG = 0.8
"""The strongest fifth of a view's edges are its landmarks; one is still there at so much of its strength."""
THERE, GONE = 0.85, 0.75
"""Shares of the landmarks: with people in front 0.88 and more, after a turn by 8 % of the width 0.72 at most."""
SURE_PEAK = 0.2
"""Height of the correlation's peak, below which it says nothing."""
ELSEWHERE = 1.0
FAINT = 0.04
"""Contrast, below which a picture shows too little to be compared."""
LIMITED_BLACK, LIMITED_RANGE = 16, 219
FULL_RANGE = 2


class SceneMeter:
    """One stream's; for one thread. Costs about a millisecond a second."""

    def __init__(self) -> None:
        self._measured_ms: int | None = None
        self._view: Grey | None = None
        self._view_ms = 0

    def measure(self, picture: VideoFrame, at_ms: int) -> SceneSignals | None:
        """None in frames in between."""
        if self._measured_ms is not None and at_ms - self._measured_ms < EVERY_MS:
            return None
        self._measured_ms = at_ms
        grey = brightness(picture)
        view = cv2.resize(grey, VIEW, interpolation=cv2.INTER_AREA)
        black, span = _levels(picture)
        contrast = float(view.std()) / span
        return SceneSignals(
            brightness=min(1.0, max(0.0, (float(view.mean()) - black) / span)),
            contrast=contrast,
            sharpness=_sharpness(grey),
            shift=self._shift(np.asarray(view, np.uint8), at_ms, picture) if contrast >= FAINT else None,
        )

    def state(self) -> list[Any]:
        view = None if self._view is None else base64.b64encode(self._view.tobytes()).decode()
        return [self._measured_ms, view, self._view_ms]

    @classmethod
    def of_state(cls, state: list[Any]) -> SceneMeter:
        meter = cls()
        meter._measured_ms, view, meter._view_ms = state
        if view is not None:
            meter._view = np.frombuffer(base64.b64decode(view), np.uint8).reshape(VIEW[::-1])
        return meter

    def _shift(self, view: Grey, at_ms: int, picture: VideoFrame) -> float | None:
        if self._view is None:
            self._view, self._view_ms = view, at_ms
        shift = _moved(self._view, view, picture.height / picture.width)
        age_ms = at_ms - self._view_ms
        if age_ms >= ADOPTED_MS:
            self._view, self._view_ms = view, at_ms
        elif age_ms >= RENEWED_MS and shift is not None and shift <= SAME:
            mixed = cv2.addWeighted(self._view, 1 - RENEWED_SHARE, view, RENEWED_SHARE, 0)
            self._view, self._view_ms = np.asarray(mixed, np.uint8), at_ms
        return shift


def _levels(picture: VideoFrame) -> tuple[int, int]:
    """The darkest level of the luma, and how many there are above it."""
    limited = picture.format.name.startswith(("yuv", "nv")) and picture.color_range != FULL_RANGE
    return (LIMITED_BLACK, LIMITED_RANGE) if limited else (0, 255)


def _sharpness(grey: Grey) -> float:
    height, width = grey.shape
    if width > SHARP_WIDTH:
        grey = np.asarray(cv2.resize(grey, (SHARP_WIDTH, height * SHARP_WIDTH // width)), np.uint8)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def _moved(before: Grey, now: Grey, height_by_width: float) -> float | None:
    """How far, as a share of the width, by phase correlation (Kuglin and Hines, 1975) of the two views' edges.

    None: something hides the view.
    """
    known, seen = _edges(before), _edges(now)
    landmarks = known >= np.quantile(known, STRONG)
    there = float((seen[landmarks] >= STRONG * known[landmarks]).mean())
    if there >= THERE:
        return 0.0
    (across, down), peak = cv2.phaseCorrelate(known, seen, cv2.createHanningWindow(VIEW, cv2.CV_32F))
    if peak >= SURE_PEAK:
        return float(np.hypot(across / VIEW[0], down / VIEW[1] * height_by_width))
    return ELSEWHERE if there < GONE else None


def _edges(view: Grey) -> Floats:
    """The same in another light, as far as may be."""
    grey = view.astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    edges: Floats = np.log1p(cv2.magnitude(across, down)).astype(np.float32)
    return edges
