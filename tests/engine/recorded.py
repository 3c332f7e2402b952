"""The tracks that the real model and tracker find in a recording, as the engine gets them."""

from __future__ import annotations

import numpy as np
from av.video.reformatter import VideoReformatter

from rules.engine.frames import FrameTracks
from tests.runtime.footage import asset
from workers.runtime.detectors.base import Detector
from workers.runtime.recording import Recording, open_recording
from workers.runtime.source import SampledReader, Sampling, to_image
from workers.runtime.tracking import Tracker


def tracks_of(file: str, detector: Detector, fps: float = 5) -> list[FrameTracks]:
    """One frame of tracks for each sampled picture of a recording among the test assets."""
    tracker, reformatter, stream = Tracker(), VideoReformatter(), detector.open_stream(None)
    frames = []
    with open_recording(Recording(asset(f"videos/{file}"), "mov", steady=True)) as source:
        for sampled in SampledReader(source, Sampling(fps)):
            found = stream.submit(to_image(sampled.picture, reformatter)).result()
            tracks = tracker.update(found, sampled.at_ms)
            width, height = sampled.picture.width, sampled.picture.height
            frames.append(
                FrameTracks(
                    timestamp_ms=sampled.at_ms,
                    track_ids=tracks.track_ids,
                    class_names=tuple(detector.class_names[class_id] for class_id in tracks.class_ids),
                    confidences=tracks.confidences,
                    boxes_xyxy=np.clip(tracks.boxes_xyxy / (width, height, width, height), 0, 1),
                    aspect=width / height,
                )
            )
    return frames
