"""Feeds one detector from many cameras: regions share canvases, a canvas waits for company but not for long."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import structlog

from workers.runtime.detections import Detections
from workers.runtime.detectors.base import NO_CANVAS, Detector, Image
from workers.runtime.live.canvas import Piece, PlacedPiece, draw, split, taken_height
from workers.runtime.live.load import DetectorLoad, LoadMeter
from workers.runtime.live.memory import MemoryLimit, is_out_of_memory
from workers.runtime.live.queueing import FairQueue, Lane, Request, Sent
from workers.runtime.live.regions import Size
from workers.runtime.live.speed import Work

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """``deadline_seconds``: how long a canvas that is not ``full_share`` covered waits for more pieces.

    While every place of the device is taken anyway it waits for ``busy_deadline_seconds``.
    """

    deadline_seconds: float = 0.06
    busy_deadline_seconds: float = 0.1
    full_share: float = 0.7
    upload_wait_seconds: float = 1.0
    """An uploaded recording's frame that waited so long goes before live ones: none waits for ever."""
    memory_pause_seconds: float = 30.0


@dataclass(eq=False, slots=True)
class _Upload:
    """A frame of an uploaded recording: alone on its canvas, so that its result never depends on others."""

    image: Image
    since: float
    answer: Future[Detections] = field(default_factory=Future)


@dataclass(eq=False, slots=True)
class _Inference:
    """On its way. Exactly one of ``sent`` and ``upload`` is given.

    ``limit``: how many were allowed side by side, at most, since it began.
    """

    began: float
    limit: int
    sent: list[Sent] = field(default_factory=list)
    upload: _Upload | None = None

    @property
    def lanes(self) -> set[Lane]:
        return {piece.request.lane for piece in self.sent}

    @property
    def placed(self) -> list[PlacedPiece]:
        return [piece.placed for piece in self.sent]


class Batcher:
    """One thread sends, the detector's own threads answer. Frames may come from any thread."""

    def __init__(
        self, detector: Detector, settings: BatchSettings | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._detector = detector
        self._settings = settings or BatchSettings()
        self._clock = clock
        self.canvas = detector.canvas_size or NO_CANVAS
        self._places = max(1, detector.in_flight // 2)
        # A batch more than run side by side is on its way, so that no place waits for its next canvas.
        self._limit = MemoryLimit(self._places + detector.batch, self._settings.memory_pause_seconds, clock)
        self._changed = threading.Condition()
        self._queue = FairQueue(self.canvas)
        self._uploads: deque[_Upload] = deque()
        self._in_flight: set[_Inference] = set()
        self._meter = LoadMeter(self._places, clock)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="detector", daemon=True)
        self._thread.start()

    def look(self, lane: Lane, pieces: list[Piece]) -> Future[list[Detections]]:
        """What is on each piece, in the pixels of its picture."""
        request = Request(lane, pieces, self._clock())
        with self._changed:
            self._refuse_when_closed()
            self._meter.asked()
            self._queue.add(request)
            lane.mark.step_out()
            self._changed.notify_all()
        return request.answer

    def look_at_upload(self, image: Image) -> Future[Detections]:
        upload = _Upload(image, self._clock())
        with self._changed:
            self._refuse_when_closed()
            self._uploads.append(upload)
            self._changed.notify_all()
        return upload.answer

    def load(self) -> DetectorLoad:
        with self._changed:
            self._meter.out_of_memory = self._limit.count
            return self._meter.load(self._limit.value)

    def waited_lately_seconds(self) -> float:
        with self._changed:
            return self._meter.waited_lately_seconds()

    def work(self) -> Work:
        with self._changed:
            return self._meter.work()

    def stuck_seconds(self) -> float:
        """Since when the oldest inference on its way has no answer; 0 when nothing is on its way."""
        with self._changed:
            return max((self._clock() - inference.began for inference in self._in_flight), default=0.0)

    def close(self) -> None:
        """Send nothing more; whoever still waits is told."""
        with self._changed:
            self._closed = True
            requests, uploads = self._queue.drain(), list(self._uploads)
            self._uploads.clear()
            self._changed.notify_all()
        for request in requests:
            request.answer.cancel()
        for upload in uploads:
            upload.answer.cancel()
        if threading.current_thread() is not self._thread:
            self._thread.join(5)

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise RuntimeError("the detector is closed")

    def _canvas_for(self, placed: list[PlacedPiece]) -> Size:
        """The lowest canvas that holds them."""
        return self._detector.canvas_for(taken_height(placed))

    # --- sending -----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closed:
            try:
                while (inference := self._next()) is not None:
                    self._send(inference)
            except Exception as error:  # the thread's edge: without it every camera would wait for ever
                log.exception("detector.sending_failed")
                self._tell_all(error)

    def _tell_all(self, error: Exception) -> None:
        with self._changed:
            answers = [request.answer for request in self._queue.drain()]
        for answer in answers:
            if not answer.done():
                answer.set_exception(error)

    def _next(self) -> _Inference | None:
        """Wait until there is room and something worth sending; None when closed."""
        with self._changed:
            while not self._closed:
                if len(self._in_flight) >= self._limit.value:
                    self._changed.wait(1.0)
                elif (inference := self._choose()) is not None:
                    self._begin(inference)
                    return inference
                else:
                    self._changed.wait(self._pause_seconds())
            return None

    def _choose(self) -> _Inference | None:
        now, limit = self._clock(), self._limit.value
        if self._uploads and now - self._uploads[0].since >= self._settings.upload_wait_seconds:
            return _Inference(now, limit, upload=self._uploads.popleft())
        if self._is_ripe(now):
            return _Inference(now, limit, sent=self._queue.take())
        if self._uploads:
            return _Inference(now, limit, upload=self._uploads.popleft())
        return None

    def _is_ripe(self, now: float) -> bool:
        oldest = self._queue.oldest_since()
        if oldest is None:
            return False
        if now - oldest >= self._deadline_seconds() or self._queue.fill() >= self._settings.full_share:
            return True
        return self._queue.suspect_is_next()

    def _deadline_seconds(self) -> float:
        taken = len(self._in_flight) >= self._places
        return self._settings.busy_deadline_seconds if taken else self._settings.deadline_seconds

    def _pause_seconds(self) -> float | None:
        oldest = self._queue.oldest_since()
        return None if oldest is None else max(oldest + self._deadline_seconds() - self._clock(), 0.001)

    def _begin(self, inference: _Inference) -> None:
        for other in self._in_flight:
            other.limit = max(other.limit, inference.limit)  # it began alone, and is no more
        self._in_flight.add(inference)
        for lane in inference.lanes:
            lane.in_flight += 1
            lane.mark.step_in()
        for request in {piece.request for piece in inference.sent if not piece.request.unsent}:
            self._meter.waited(inference.began - request.since)
        self._meter.began(1.0 if inference.upload else _fill(inference.placed, self._canvas_for(inference.placed)))

    def _send(self, inference: _Inference) -> None:
        try:
            if inference.upload is not None:
                future = self._detector.submit(inference.upload.image)
            else:
                placed = inference.placed
                future = self._detector.submit_canvas(draw(placed, self._canvas_for(placed)))
        except Exception as error:  # noqa: BLE001 - the edge of the sending thread; whoever waits gets the error
            self._ended(inference)
            self._failed(inference, error)
            return
        future.add_done_callback(lambda done: self._done(inference, done))

    # --- answering ---------------------------------------------------------------------------------------------------

    def _done(self, inference: _Inference, done: Future[Detections]) -> None:
        """On the detector's thread."""
        self._ended(inference)
        error = done.exception()
        if error is not None:
            self._failed(inference, error)
        elif inference.upload is not None:
            inference.upload.answer.set_result(done.result())
        else:
            self._answer(inference.sent, done.result())

    def _ended(self, inference: _Inference) -> None:
        with self._changed:
            self._in_flight.discard(inference)
            for lane in inference.lanes:
                lane.in_flight -= 1
                if not lane.in_flight:
                    lane.mark.step_out()
            self._meter.ended()
            self._changed.notify_all()

    def _answer(self, sent: list[Sent], found: Detections) -> None:
        parts = split(found, [piece.placed for piece in sent])
        complete = []
        with self._changed:
            for piece, part in zip(sent, parts, strict=True):
                piece.request.found[piece.index] = part
                if len(piece.request.found) == len(piece.request.pieces):
                    self._meter.answered()
                    complete.append(piece.request)
        for request in complete:
            if not request.answer.done():
                request.answer.set_result([request.found[index] for index in range(len(request.pieces))])

    def _failed(self, inference: _Inference, error: BaseException) -> None:
        """Out of memory: fewer at a time, and again. Anything else, or too much even for one: whoever waits is told."""
        if is_out_of_memory(error) and self._limit.halve(inference.limit):
            log.warning("detector.out_of_memory", in_flight_limit=self._limit.value, error=str(error)[:200])
            self._again(inference)
            return
        if inference.upload is not None:
            inference.upload.answer.set_exception(error)
        for request in {piece.request for piece in inference.sent}:
            with self._changed:
                self._queue.drop(request)
            if not request.answer.done():
                request.answer.set_exception(error)

    def _again(self, inference: _Inference) -> None:
        with self._changed:
            if inference.upload is not None:
                self._uploads.appendleft(inference.upload)
            self._queue.put_back(inference.sent)
            self._changed.notify_all()


def _fill(placed: list[PlacedPiece], canvas: Size) -> float:
    return sum(each.piece.size[0] * each.piece.size[1] for each in placed) / (canvas[0] * canvas[1])
