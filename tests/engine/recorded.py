"""The tracks that the real models and the tracker find in a recording, as the engine gets them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from av.video.reformatter import VideoReformatter

from rules.engine.frames import FrameTracks
from rules.engine.rule import RuleSpec
from rules.engine.track_log import quantised
from tests.runtime.footage import asset
from workers.runtime.closeups.closeups import Closeups, CloseupSettings
from workers.runtime.closeups.models import NO_MODELS, CloseupModels
from workers.runtime.detectors.base import Detector, Image
from workers.runtime.recording import Recording, open_recording
from workers.runtime.source import SampledReader, Sampling, to_image
from workers.runtime.tracking import Tracker

Change = Callable[[Image], Image]


def _same(image: Image) -> Image:
    return image


def tracks_of(
    file: str,
    detector: Detector,
    fps: float = 5,
    *,
    specs: Sequence[RuleSpec] = (),
    models: CloseupModels = NO_MODELS,
    change: Change = _same,
    pace: float = 1,
    until_ms: float = math.inf,
) -> list[FrameTracks]:
    """One frame of tracks for each sampled picture of a recording among the test assets.

    The close-ups are those that ``specs`` want. ``change`` is done to every picture; ``pace`` makes all go faster.
    """
    tracker, stream = Tracker(), detector.open_stream(None)
    closeups = Closeups(specs, (), CloseupSettings(models), None)
    frames = []
    for at_ms, image in pictures(asset(f"videos/{file}"), fps, change, pace):
        if at_ms > until_ms:
            break
        height, width = image.shape[:2]
        found = stream.submit(image).result()
        if closeups.finds_lost:
            expected = tracker.outlook(at_ms).track_ids.tolist()
            found = closeups.find_lost(found, 0, expected, at_ms, partial(_same, image))
        tracks = tracker.update(found, at_ms)
        frame = FrameTracks(
            timestamp_ms=at_ms,
            track_ids=tracks.track_ids,
            class_names=tuple(detector.class_names[class_id] for class_id in tracks.class_ids),
            confidences=tracks.confidences,
            boxes_xyxy=np.clip(tracks.boxes_xyxy / (width, height, width, height), 0, 1),
            aspect=width / height,
        )
        frames.append(quantised(closeups.add_to(frame, (width, height), lambda image=image: image)))  # type: ignore[misc]
    return frames


def pictures(path: Path, fps: float, change: Change = _same, pace: float = 1) -> Iterator[tuple[int, Image]]:
    reformatter = VideoReformatter()
    with open_recording(Recording(path, "mov", steady=True)) as source:
        for sampled in SampledReader(source, Sampling(fps / pace)):
            yield round(sampled.at_ms / pace), np.ascontiguousarray(change(to_image(sampled.picture, reformatter)))
