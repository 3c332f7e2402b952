"""What every detector offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from workers.runtime.contract import DetectorKind
from workers.runtime.detections import Detections

Image = NDArray[np.uint8]
"""RGB, (height, width, 3)."""

StreamState = dict[str, object]

NO_CANVAS = (640, 640)
"""Of detectors that say nothing of a canvas."""


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Where the models are and how sure a detection must be. ``model`` names one of several; empty takes the first."""

    models_dir: Path
    kind: DetectorKind = DetectorKind.OPENVINO
    model: str = ""
    min_confidence: float = 0.1
    """Low, since the tracker continues tracks with faint detections."""
    max_overlap: float = 0.7
    """Of two boxes of one class that overlap more, the fainter one is dropped."""
    device: str = "CPU"


class Detector(ABC):
    """Finds objects in frames. Frames may be submitted from one thread while earlier ones are still worked on."""

    kind: ClassVar[DetectorKind]
    name: str
    class_names: tuple[str, ...]
    in_flight: int = 1
    """How many frames to have submitted at a time for full speed."""
    batch: int = 1
    """How many of them it takes in one go."""
    canvas_size: tuple[int, int] | None = None
    """Width and height of the input, where regions of several pictures may be put together to one; else None."""
    canvas_heights: tuple[int, ...] = ()
    """Lower heights, in rising order, in which it takes a canvas as well, for less."""

    @abstractmethod
    def submit(self, image: Image) -> Future[Detections]:
        """Start on a frame; the boxes of the result are in its pixels. May block while too many are in flight.

        The image belongs to the detector until its result is there.
        """

    def submit_canvas(self, canvas: Image) -> Future[Detections]:
        """Start on a canvas that is as large as ``canvas_for`` says; otherwise as ``submit``."""
        return self.submit(canvas)

    def canvas_for(self, pixels: int) -> tuple[int, int]:
        """The size of the lowest canvas that holds what takes ``pixels`` of the height; at most ``canvas_size``."""
        width, height = self.canvas_size or NO_CANVAS
        return width, next((lower for lower in self.canvas_heights if lower >= pixels), height)

    def open_stream(self, state: StreamState | None = None) -> Detector:
        """The detector for one stream's frames in their order; most know no streams and return themselves."""
        return self

    def stream_state(self) -> StreamState | None:
        """What ``open_stream`` needs to go on after the frames so far; survives JSON."""
        return None

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Finish what is in flight and free the device."""
