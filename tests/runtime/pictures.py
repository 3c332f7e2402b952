"""Single pictures of the footage, and how far a detection is from what a person sees in them."""

from __future__ import annotations

import numpy as np
from av.video.reformatter import VideoReformatter

from tests.runtime.footage import CAMPUS
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Image
from workers.runtime.recording import Recording, open_recording
from workers.runtime.source import picture_at, to_image

WOMAN_ON_THE_LAWN = (0.43, 0.645, 0.503, 0.89)
"""At 65 s; normalised, read off the frame."""


def frame_at(at_ms: int) -> Image:
    with open_recording(Recording(CAMPUS.path)) as source:
        picture = picture_at(source, at_ms)
    assert picture is not None
    return to_image(picture, VideoReformatter())


def nearest(found: Detections, box: tuple[float, ...]) -> tuple[float, int]:
    """The largest distance of an edge, normalised, and the class, of the detection nearest to a box."""
    sure = found.confidences > 0.4
    distances = np.abs(found.boxes_xyxy[sure] / (768, 576, 768, 576) - box).max(axis=1)
    return float(distances.min()), int(found.class_ids[sure][distances.argmin()])
