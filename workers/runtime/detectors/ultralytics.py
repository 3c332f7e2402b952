"""YOLO checkpoints (``.pt``) and TensorRT engines through ultralytics, on CUDA or a CPU; needs requirements/gpu.txt."""

from __future__ import annotations

import queue
import threading
from collections import deque
from concurrent.futures import Future
from pathlib import Path

import numpy as np
from ultralytics import YOLO
from ultralytics.engine.results import Results

from workers.runtime.contract import DetectorKind
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, DetectorSettings, Image
from workers.runtime.models import ModelEntry

GPU_BATCH = 8
"""Images a call on a GPU; a CPU gains nothing from more than one."""

_Job = tuple[Image, Future[Detections]]


class UltralyticsDetector(Detector):
    """One thread owns the model, which is not safe to share. What waits by the time it is free is one batch."""

    kind = DetectorKind.ULTRALYTICS
    canvas_size = (640, 640)  # what YOLO checkpoints are trained at; another size would be scaled to it

    def __init__(self, path: Path, *, entry: ModelEntry, settings: DetectorSettings) -> None:
        self.name = entry.name
        self.class_names = entry.classes
        self._settings = settings
        self.batch = 1 if settings.device.lower() == "cpu" else GPU_BATCH
        self.in_flight = 2 * self.batch
        self._model = YOLO(str(path), task="pose" if entry.keypoints else "detect")
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ultralytics", daemon=True)
        self._thread.start()

    def submit(self, image: Image) -> Future[Detections]:
        future: Future[Detections] = Future()
        self._jobs.put((image, future))
        return future

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        waiting: deque[_Job | None] = deque()
        while (job := waiting.popleft() if waiting else self._jobs.get()) is not None:
            jobs = [job]
            while len(jobs) < self.batch and not (waiting or self._jobs.empty()):
                following = self._jobs.get()
                # Pictures of one shape only: among others they would be padded, and give other results than alone.
                if following is not None and following[0].shape == job[0].shape:
                    jobs.append(following)
                else:
                    waiting.append(following)
            self._answer(jobs)

    def _answer(self, jobs: list[_Job]) -> None:
        try:
            results = self._detect([image for image, _ in jobs])
        except Exception as error:  # noqa: BLE001 - the thread's edge; whoever waits gets the error
            for _, future in jobs:
                future.set_exception(error)
        else:
            for (_, future), found in zip(jobs, results, strict=True):
                future.set_result(found)

    def _detect(self, images: list[Image]) -> list[Detections]:
        results = self._model.predict(
            [np.ascontiguousarray(image[..., ::-1]) for image in images],  # arrays are taken for BGR there
            conf=self._settings.min_confidence,
            iou=self._settings.max_overlap,
            device=self._settings.device.lower(),
            verbose=False,
        )
        return [_detections(result) for result in results]


def _detections(result: Results) -> Detections:
    boxes = result.boxes.cpu().numpy()
    points = None if result.keypoints is None else result.keypoints.data.cpu().numpy().astype(np.float32)
    return Detections(boxes.xyxy.astype(np.float32), boxes.conf.astype(np.float32), boxes.cls.astype(np.int32), points)
