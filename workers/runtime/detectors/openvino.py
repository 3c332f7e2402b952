"""YOLO models on a CPU (or Intel GPU) through OpenVINO, several frames in flight."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino
from openvino.preprocess import PrePostProcessor

from workers.runtime.contract import DetectorKind
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, DetectorSettings, Image
from workers.runtime.detectors.boxes import Letterbox, decode_yolo
from workers.runtime.models import ModelEntry


@dataclass(frozen=True, slots=True)
class _Job:
    """One frame in flight; ``canvas`` is shared with the request, so it must live as long."""

    future: Future[Detections]
    letterbox: Letterbox
    canvas: Image


class OpenVinoDetector(Detector):
    kind = DetectorKind.OPENVINO

    def __init__(self, path: Path, *, entry: ModelEntry, settings: DetectorSettings) -> None:
        self.name = entry.name
        self.class_names = entry.classes
        self._keypoints = entry.keypoints
        self._settings = settings
        compiled = compile_for_throughput(path, settings.device)
        _, self._input_height, self._input_width, _ = compiled.input().shape
        self.canvas_size = self._input_width, self._input_height
        # Two requests a stream: one is computed while the other one's boxes are read and its next frame is placed.
        self.in_flight = 2 * int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._queue = openvino.AsyncInferQueue(compiled, self.in_flight)
        self._queue.set_callback(self._finish)

    def submit(self, image: Image) -> Future[Detections]:
        letterbox = Letterbox.fitting(image, self._input_width, self._input_height)
        canvas = self._canvas(image, letterbox)
        job = _Job(Future(), letterbox, canvas)
        self._queue.start_async({0: canvas}, userdata=job, share_inputs=True)
        return job.future

    def close(self) -> None:
        self._queue.wait_all()

    def _canvas(self, image: Image, letterbox: Letterbox) -> Image:
        size = self._input_height, self._input_width, 3
        if image.shape == size and image.flags.c_contiguous:
            return image[None]  # it fits as it is; the caller has given it away
        canvas = np.empty((1, *size), np.uint8)
        letterbox.place(image, canvas[0])
        return canvas

    def _finish(self, request: openvino.InferRequest, job: _Job) -> None:
        try:
            job.future.set_result(self._detections(request, job.letterbox))
        except Exception as error:  # noqa: BLE001 - the edge of the library's thread; whoever waits gets the error
            job.future.set_exception(error)

    def _detections(self, request: openvino.InferRequest, letterbox: Letterbox) -> Detections:
        output = request.get_output_tensor(0).data[0]
        found = decode_yolo(
            output,
            min_confidence=self._settings.min_confidence,
            max_overlap=self._settings.max_overlap,
            keypoints=self._keypoints,
        )
        return letterbox.found_in_frame(found)


def compile_for_throughput(path: Path, device: str) -> openvino.CompiledModel:
    """The model with bytes as input: RGB, (1, height, width, 3); conversion and scaling to 0..1 happen inside."""
    core = openvino.Core()
    processor = PrePostProcessor(core.read_model(path))
    processor.input().tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    processor.input().model().set_layout(openvino.Layout("NCHW"))
    processor.input().preprocess().convert_element_type(openvino.Type.f32).scale(255.0)
    # What is not quantised stays in float32 also where the processor prefers bfloat16: hosts should find the same, and
    # some quantised ONNX graphs have no kernels in bfloat16 at all.
    # A stream that is bound to one core waits for what else runs there, while another core is idle.
    hints: dict[str, str | bool] = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
    if device.startswith("CPU"):
        hints["ENABLE_CPU_PINNING"] = False
    return core.compile_model(processor.build(), device, hints)
