"""YOLO checkpoints (``.pt``) and TensorRT engines through ultralytics, on CUDA or a CPU; needs requirements/gpu.txt."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from ultralytics import YOLO

from workers.runtime.contract import DetectorKind
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, DetectorSettings, Image


class UltralyticsDetector(Detector):
    """One thread owns the model, which is not safe to share; the device works while the next frame is read."""

    kind = DetectorKind.ULTRALYTICS
    in_flight = 2
    canvas_size = (640, 640)  # what YOLO checkpoints are trained at; another size would be scaled to it

    def __init__(self, path: Path, *, name: str, class_names: tuple[str, ...], settings: DetectorSettings) -> None:
        self.name = name
        self.class_names = class_names
        self._settings = settings
        self._model = YOLO(str(path), task="detect")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ultralytics")

    def submit(self, image: Image) -> Future[Detections]:
        return self._thread.submit(self._detect, image)

    def close(self) -> None:
        self._thread.shutdown()

    def _detect(self, image: Image) -> Detections:
        blue_first = np.ascontiguousarray(image[..., ::-1])  # arrays are taken for BGR there
        result = self._model.predict(
            blue_first,
            conf=self._settings.min_confidence,
            iou=self._settings.max_overlap,
            device=self._settings.device.lower(),
            verbose=False,
        )[0]
        boxes = result.boxes.cpu().numpy()
        return Detections(boxes.xyxy.astype(np.float32), boxes.conf.astype(np.float32), boxes.cls.astype(np.int32))
