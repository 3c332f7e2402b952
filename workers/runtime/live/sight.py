"""How a live camera's frames are looked at: in part where the detector allows it, else whole."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from workers.runtime.analysis import StreamAnalysis
from workers.runtime.contract import Priority
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector
from workers.runtime.live.attention import Attention
from workers.runtime.live.canvas import Piece
from workers.runtime.live.computing import COMPUTING
from workers.runtime.live.detector import CameraLane, SharedDetector
from workers.runtime.live.look import Look, Reason
from workers.runtime.live.marks import NO_LOOK_MARK, LookMark
from workers.runtime.source import SampledFrame, to_image


@dataclass(frozen=True, slots=True)
class Findings:
    """``looked``: of every track expected, whether a detector looked there; None: everywhere."""

    detections: Detections
    looked: NDArray[np.bool_] | None = None


class Sight(Protocol):
    """For one camera and one thread."""

    @property
    def frames_unmoved(self) -> int:
        """Frames in which there was nothing to look at."""

    def find(self, sampled: SampledFrame, analysis: StreamAnalysis) -> Findings: ...

    def allowed_fps(self, *, replaced: int) -> float:
        """How many frames a second the process has time for, after ``replaced`` more went by unseen."""

    def close(self) -> None: ...


def open_sight(detector: Detector, priority: Priority, fps: float, mark: LookMark = NO_LOOK_MARK) -> Sight:
    if isinstance(detector, SharedDetector) and detector.canvas_size is not None:
        return GatedSight(detector.open_camera(priority, fps, mark))
    return WholeSight()


class WholeSight:
    """Every frame whole, for detectors that know streams or cannot be shared."""

    frames_unmoved = 0

    def find(self, sampled: SampledFrame, analysis: StreamAnalysis) -> Findings:
        answer = analysis.submit(sampled.picture)
        with COMPUTING.away():
            return Findings(answer.result())

    def allowed_fps(self, *, replaced: int) -> float:
        """As many as come."""
        return math.inf

    def close(self) -> None:
        """Nothing was opened."""


class GatedSight:
    """Where something moved or a track wants to be looked at."""

    def __init__(self, lane: CameraLane) -> None:
        self._lane = lane
        self._attention = Attention(lane.canvas)
        self._reformatter = VideoReformatter()
        self.reasons: Counter[Reason] = Counter()

    @property
    def frames_unmoved(self) -> int:
        return self.reasons[Reason.NOTHING_MOVED]

    def find(self, sampled: SampledFrame, analysis: StreamAnalysis) -> Findings:
        look = self._attention.plan(sampled.picture, sampled.at_ms, analysis.outlook(sampled.at_ms))
        self.reasons[look.reason] += 1
        found, sources = self._look(sampled, look) if len(look.regions) else (Detections.empty(), np.empty(0, np.intp))
        return Findings(self._attention.judge(look, found, sources), look.looked)

    def allowed_fps(self, *, replaced: int) -> float:
        return self._lane.allowed_fps(replaced=replaced)

    def close(self) -> None:
        self._lane.close()

    def _look(self, sampled: SampledFrame, look: Look) -> tuple[Detections, NDArray[np.intp]]:
        image = to_image(sampled.picture, self._reformatter)
        scales = look.scales * self._attention.scale(look.size)
        pieces = [
            Piece.of(image, tuple(region), scale) for region, scale in zip(look.regions.tolist(), scales, strict=True)
        ]
        parts = self._lane.look(pieces)
        sources = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        return joined(parts), sources


def joined(parts: list[Detections]) -> Detections:
    return Detections(
        np.concatenate([part.boxes_xyxy for part in parts]),
        np.concatenate([part.confidences for part in parts]),
        np.concatenate([part.class_ids for part in parts]),
    )
