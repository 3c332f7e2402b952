"""One detector for all streams of a process: live cameras share its canvases, uploads take what they leave."""

from __future__ import annotations

from concurrent.futures import Future

from workers.runtime.contract import Priority
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, Image, StreamState
from workers.runtime.live.batching import Batcher, BatchSettings
from workers.runtime.live.canvas import Piece
from workers.runtime.live.load import DetectorLoad
from workers.runtime.live.queueing import WEIGHTS, Lane
from workers.runtime.live.rates import Activity, RateKeeper


class CameraLane:
    """One live camera's way to the shared detector: at most one frame at a time."""

    def __init__(self, batcher: Batcher, rates: RateKeeper, activity: Activity) -> None:
        self._batcher = batcher
        self._rates = rates
        self._activity = activity
        self._lane = Lane(WEIGHTS[activity.priority])

    @property
    def canvas(self) -> tuple[int, int]:
        return self._batcher.canvas

    def allowed_fps(self, *, replaced: int) -> float:
        """To be asked a few times a second, with the number of frames that a newer one replaced since."""
        self._activity.dropped += replaced
        self._rates.adapt()
        return self._activity.allowed_fps

    def look(self, pieces: list[Piece]) -> list[Detections]:
        """What is on each piece, in its picture's pixels; waits for it."""
        self._activity.looked += 1
        return self._batcher.look(self._lane, pieces).result()

    def close(self) -> None:
        self._rates.leave(self._activity)


class SharedDetector(Detector):
    """Frames may be submitted from any thread. A detector that knows streams gives each of them its own."""

    def __init__(self, detector: Detector, settings: BatchSettings | None = None) -> None:
        self._detector = detector
        self._batcher = Batcher(detector, settings)
        self._rates = RateKeeper(self.load)
        self.name, self.class_names, self.in_flight = detector.name, detector.class_names, detector.in_flight
        self.canvas_size = detector.canvas_size

    def submit(self, image: Image) -> Future[Detections]:
        """A frame of an uploaded recording: looked at alone, and after those of live cameras."""
        return self._batcher.look_at_upload(image)

    def open_stream(self, state: StreamState | None = None) -> Detector:
        own = self._detector.open_stream(state)
        return self if own is self._detector else own

    def open_camera(self, priority: Priority, fps: float) -> CameraLane:
        """For a live camera that wants ``fps`` frames a second looked at; to be closed."""
        activity = Activity(priority, fps)
        self._rates.join(activity)
        return CameraLane(self._batcher, self._rates, activity)

    def stream_state(self) -> StreamState | None:
        return self._detector.stream_state()

    def load(self) -> DetectorLoad:
        """What the last ten seconds were like; from any thread."""
        return self._batcher.load()

    def stuck_seconds(self) -> float:
        """Since when an inference runs without an answer; from any thread, whatever hangs."""
        return self._batcher.stuck_seconds()

    def close(self) -> None:
        self._batcher.close()
        self._detector.close()
