"""How many frames a second a detector manages at most, before it has had any to look at."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future

import numpy as np

from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector

BLANK_SIZE = (720, 1280, 3)
WARM_UP = 2
"""The first frames are slower: memory is touched, kernels are chosen."""


def inferences_per_second(detector: Detector, seconds: float = 1.0) -> float:
    """With as many blank frames in flight as it takes at a time, for about so long."""
    blank = np.zeros(BLANK_SIZE, np.uint8)
    for _ in range(WARM_UP):
        detector.submit(blank).result()
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
