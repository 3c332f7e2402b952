"""How many frames a second a detector manages at most, before it has had any to look at."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future

import numpy as np

from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, Image

BLANK_SIZE = (720, 1280, 3)
WARM_UP = 2
"""The first frames are slower: memory is touched, kernels are chosen."""
LOOKS = 3


def inferences_per_second(detector: Detector, seconds: float = 1.0) -> float:
    """The best of a few short looks at blank frames, about so long in all: what else runs just then slows the others.

    As many frames are in flight as the detector takes at a time.
    """
    blank = np.zeros(BLANK_SIZE, np.uint8)
    for _ in range(WARM_UP):
        detector.submit(blank).result()
    return max(_rate(detector, blank, seconds / LOOKS) for _ in range(LOOKS))


def _rate(detector: Detector, blank: Image, seconds: float) -> float:
    waiting: deque[Future[Detections]] = deque()
    done, began_at = 0, time.monotonic()
    while time.monotonic() - began_at < seconds:
        waiting.append(detector.submit(blank))
        if len(waiting) > detector.in_flight:
            waiting.popleft().result()
            done += 1
    for future in waiting:
        future.result()
        done += 1
    return done / (time.monotonic() - began_at)
