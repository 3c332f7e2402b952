"""One detector for all streams of a process: live cameras share its canvases, uploads take what they leave."""

from __future__ import annotations

from concurrent.futures import Future

from workers.runtime.contract import Priority
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, Image, StreamState
from workers.runtime.live.batching import Batcher, BatchSettings
from workers.runtime.live.canvas import Piece, draw, packed, split
from workers.runtime.live.computing import COMPUTING
from workers.runtime.live.load import DetectorLoad
from workers.runtime.live.marks import NO_LOOK_MARK, LookMark
from workers.runtime.live.queueing import WEIGHTS, Lane
from workers.runtime.live.rates import Activity, RateKeeper


class CameraLane:
    """One live camera's way to the shared detector: at most one frame at a time."""

    def __init__(self, batcher: Batcher, rates: RateKeeper, activity: Activity, mark: LookMark) -> None:
        self._batcher = batcher
        self._rates = rates
        self._activity = activity
        self._lane = Lane(WEIGHTS[activity.priority], mark)

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
        return _look(self._batcher, self._lane, pieces)

    def close(self) -> None:
        self._rates.leave(self._activity)


class CropLane:
    """One live camera's way to a further model: the crops of one frame at a time, with those of other cameras."""

    def __init__(self, batcher: Batcher, priority: Priority, mark: LookMark) -> None:
        self._batcher = batcher
        self._lane = Lane(WEIGHTS[priority], mark)

    def look(self, pieces: list[Piece]) -> list[Detections]:
        """What is on each piece, in its picture's pixels; waits for it."""
        return _look(self._batcher, self._lane, pieces)


def _look(batcher: Batcher, lane: Lane, pieces: list[Piece]) -> list[Detections]:
    answer = batcher.look(lane, pieces)
    try:
        with COMPUTING.away():
            return answer.result()
    finally:
        lane.mark.step_in()


class SharedDetector(Detector):
    """Frames may be submitted from any thread. A detector that knows streams gives each of them its own."""

    def __init__(self, detector: Detector, settings: BatchSettings | None = None) -> None:
        self._detector = detector
        self._batcher = Batcher(detector, settings)
        self._rates = RateKeeper(self._batcher)
        self.name, self.class_names, self.in_flight = detector.name, detector.class_names, detector.in_flight
        self.canvas_size = detector.canvas_size

    def submit(self, image: Image) -> Future[Detections]:
        """A frame of an uploaded recording: looked at alone, and after those of live cameras."""
        return self._batcher.look_at_upload(image)

    def look_alone(self, pieces: list[Piece]) -> list[Detections]:
        """What is on each piece of a recording's frame; waits for it.

        They share canvases with each other only, so that the result never depends on other streams.
        """
        canvases = packed(pieces, self._batcher.canvas)
        answers = [self.submit(draw(list(placed.values()), self._batcher.canvas)) for placed in canvases]
        found: dict[int, Detections] = {}
        for placed, answer in zip(canvases, answers, strict=True):
            found |= zip(placed, split(answer.result(), list(placed.values())), strict=True)
        return [found[index] for index in range(len(pieces))]

    def open_lane(self, priority: Priority, mark: LookMark = NO_LOOK_MARK) -> CropLane:
        return CropLane(self._batcher, priority, mark)

    def open_stream(self, state: StreamState | None = None) -> Detector:
        own = self._detector.open_stream(state)
        return self if own is self._detector else own

    def open_camera(self, priority: Priority, fps: float, mark: LookMark = NO_LOOK_MARK) -> CameraLane:
        """For a live camera that wants ``fps`` frames a second looked at; to be closed."""
        activity = Activity(priority, fps)
        self._rates.join(activity)
        return CameraLane(self._batcher, self._rates, activity, mark)

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
