"""The two clips as cameras of 5 frames/s send them, and what the model finds in every frame of them, whole."""

from __future__ import annotations

import zlib
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from bench.simulator import StreamProfile, footage_encode
from rules.engine.schema import RuleSpec, ZonePresence, ZoneShape
from tests.runtime.footage import CAMPUS, TABLE, VEHICLES, Scene
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector
from workers.runtime.live.frozen import brightness
from workers.runtime.source import to_image

FRAMES_PER_SECOND = 5
STEP_MS = 1000 // FRAMES_PER_SECOND
EVERYWHERE = ZoneShape(name="Everywhere", kind="polygon", points=((0, 0), (1, 0), (1, 1), (0, 1)))
PARKED = RuleSpec(
    name="Vehicle stays",
    who=VEHICLES,
    when=ZonePresence(type="zone_presence", zone="Everywhere", dwell_seconds=10),
)


@dataclass(frozen=True, slots=True)
class LiveFootage:
    """``found``: of every frame, what a detector sees that looks at all of it; ``marks`` tell frames apart."""

    scene: Scene
    path: Path
    found: list[Detections]
    marks: list[int]
    size: tuple[int, int]

    @property
    def zones(self) -> tuple[ZoneShape, ...]:
        return (*self.scene.zones, EVERYWHERE)

    @property
    def rules(self) -> tuple[RuleSpec, ...]:
        return (*self.scene.rules, PARKED) if self.scene is CAMPUS else self.scene.rules


def footage_prepare(folder: Path, detector: Detector) -> list[LiveFootage]:
    """Both clips encoded anew, and looked at whole."""
    return [_prepare(scene, folder, detector) for scene in (CAMPUS, TABLE)]


def mark_of(picture: VideoFrame) -> int:
    """Of some of its points: cheap, since it is taken of every frame that is measured."""
    return zlib.crc32(brightness(picture)[8::16, 8::16].tobytes())


def _prepare(scene: Scene, folder: Path, detector: Detector) -> LiveFootage:
    profile = StreamProfile(FRAMES_PER_SECOND, seconds=scene.duration_ms / 1000)
    path = footage_encode(scene.path, folder / scene.file, profile)
    marks: list[int] = []
    found: list[Detections] = []
    waiting: deque[Future[Detections]] = deque()
    with av.open(str(path)) as footage:
        reformatter = VideoReformatter()
        for picture in footage.decode(video=0):
            size = picture.width, picture.height
            marks.append(mark_of(picture))
            waiting.append(detector.submit(to_image(picture, reformatter)))
            if len(waiting) > detector.in_flight:
                found.append(waiting.popleft().result())
    found.extend(future.result() for future in waiting)
    return LiveFootage(scene, path, found, marks, size)
