"""The trackers that are compared, each behind the same two steps: prepare a frame's input, then track it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import supervision
from trackers import ByteTrackTracker
from ultralytics.engine.results import Boxes
from ultralytics.trackers.byte_tracker import BYTETracker
from ultralytics.utils import ROOT, YAML, IterableSimpleNamespace

from bench.tracking_metrics import NOTHING, Labelled
from workers.runtime.detections import Detections
from workers.runtime.tracking import Tracker

FRAME_SHAPE = (1080, 1920)


@dataclass(frozen=True, slots=True)
class DetectedFrame:
    number: int
    timestamp_ms: int
    detections: Detections


class Peer(Protocol):
    """``track`` alone is timed: each tracker gets its input in the form it likes best."""

    name: str

    def prepare(self, frame: DetectedFrame) -> Any: ...  # noqa: ANN401 - each tracker's own type

    def track(self, prepared: Any) -> Any: ...  # noqa: ANN401

    def labelled(self, tracked: Any) -> Labelled: ...  # noqa: ANN401


class Ours:
    name = "ours"

    def __init__(self) -> None:
        self._tracker = Tracker()

    def prepare(self, frame: DetectedFrame) -> DetectedFrame:
        return frame

    def track(self, prepared: DetectedFrame) -> Any:  # noqa: ANN401
        return self._tracker.update(prepared.detections, prepared.timestamp_ms)

    def labelled(self, tracked: Any) -> Labelled:  # noqa: ANN401
        return Labelled(tracked.track_ids, tracked.boxes_xyxy.astype(np.float64))


class Ultralytics:
    """With its own bytetrack.yaml."""

    name = "ultralytics"

    def __init__(self) -> None:
        settings = YAML.load(ROOT / "cfg/trackers/bytetrack.yaml")
        self._tracker = BYTETracker(IterableSimpleNamespace(**settings))

    def prepare(self, frame: DetectedFrame) -> Boxes:
        found = frame.detections
        rows = np.column_stack((found.boxes_xyxy, found.confidences, found.class_ids)).astype(np.float32)
        return Boxes(rows, FRAME_SHAPE)

    def track(self, prepared: Boxes) -> Any:  # noqa: ANN401
        return self._tracker.update(prepared)

    def labelled(self, tracked: Any) -> Labelled:  # noqa: ANN401
        if not len(tracked):
            return NOTHING
        rows = np.asarray(tracked, np.float64)
        return Labelled(rows[:, 4].astype(np.int64), rows[:, :4])


class Roboflow:
    """``trackers``' ByteTrackTracker as it comes; what it has not confirmed (id -1) does not count."""

    name = "roboflow trackers"

    def __init__(self) -> None:
        self._tracker = ByteTrackTracker()

    def prepare(self, frame: DetectedFrame) -> Any:  # noqa: ANN401
        found = frame.detections
        return supervision.Detections(
            xyxy=found.boxes_xyxy, confidence=found.confidences, class_id=found.class_ids.astype(int)
        )

    def track(self, prepared: Any) -> Any:  # noqa: ANN401
        return self._tracker.update(prepared)

    def labelled(self, tracked: Any) -> Labelled:  # noqa: ANN401
        confirmed = tracked.tracker_id >= 0
        return Labelled(tracked.tracker_id[confirmed].astype(np.int64), tracked.xyxy[confirmed].astype(np.float64))


PEERS: tuple[type[Peer], ...] = (Ours, Ultralytics, Roboflow)
