"""One detector for all streams of a process."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, Image, StreamState


class SharedDetector(Detector):
    """Frames may be submitted from any thread. A detector that knows streams gives each of them its own."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._lock = threading.Lock()
        self.name, self.class_names, self.in_flight = detector.name, detector.class_names, detector.in_flight

    def submit(self, image: Image) -> Future[Detections]:
        with self._lock:
            return self._detector.submit(image)

    def open_stream(self, state: StreamState | None = None) -> Detector:
        own = self._detector.open_stream(state)
        return self if own is self._detector else own

    def stream_state(self) -> StreamState | None:
        return self._detector.stream_state()

    def close(self) -> None:
        self._detector.close()
