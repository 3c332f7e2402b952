"""YOLO models on a CPU (or Intel GPU) through OpenVINO, several frames in flight."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino
from openvino.preprocess import PrePostProcessor

from workers.runtime.contract import DetectorKind
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, DetectorSettings, Image
from workers.runtime.detectors.boxes import GREY, Letterbox, decode_yolo
from workers.runtime.detectors.lower_input import STRIDES, lowered
from workers.runtime.models import ModelEntry, ModelTask

CORE = openvino.Core()
HEIGHT_SHARES = (0.4, 0.6, 0.75)
"""Of the whole input, lower ones for canvases. Live pictures of 16:9 and 4:3 fill the two higher ones.

YOLO11n finds as many people in them on vtest and the intel clip, to one in a hundred. They are for detectors only:
YOLOv8n-pose is less sure of people there.
"""


@dataclass(frozen=True, slots=True)
class _Job:
    """One frame in flight; ``canvas`` is shared with the request, so it must live as long."""

    future: Future[Detections]
    letterbox: Letterbox
    canvas: Image


class OpenVinoDetector(Detector):
    kind = DetectorKind.OPENVINO
    canvas_size: tuple[int, int]

    def __init__(self, path: Path, *, entry: ModelEntry, settings: DetectorSettings) -> None:
        self.name = entry.name
        self.class_names = entry.classes
        self._keypoints = entry.keypoints
        self._settings = settings
        models = _read(path, HEIGHT_SHARES if entry.task is ModelTask.DETECT else ())
        height, width = max(models), models[max(models)].input().shape[3]
        with ThreadPoolExecutor(len(models)) as pool:  # compiling takes a second each
            compiling = pool.map(
                lambda model: compile_for_throughput(model, settings.device, path.suffix), models.values()
            )
            compiled = dict(zip(models, compiling, strict=True))
        self.canvas_size = width, height
        self.canvas_heights = tuple(sorted(models.keys() - {height}))
        # Two requests a stream: one is computed while the other one's boxes are read and its next frame is placed.
        self.in_flight = 2 * int(compiled[height].get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._queues = {pixels: self._queue(model) for pixels, model in compiled.items()}
        self._use_all_once()

    def submit(self, image: Image) -> Future[Detections]:
        """A picture by itself takes the whole input, whatever its shape: what is found in it was counted so."""
        return self._submit(image, self.canvas_size)

    def submit_canvas(self, canvas: Image) -> Future[Detections]:
        return self._submit(canvas, self.canvas_for(len(canvas)))

    def _submit(self, image: Image, size: tuple[int, int]) -> Future[Detections]:
        letterbox = Letterbox.fitting(image, *size)
        canvas = _canvas(image, letterbox, size)
        job = _Job(Future(), letterbox, canvas)
        self._queues[size[1]].start_async({0: canvas}, userdata=job, share_inputs=True)
        return job.future

    def close(self) -> None:
        for queue in self._queues.values():
            queue.wait_all()

    def _use_all_once(self) -> None:
        """Let every request of every height compute side by side: each takes its memory when it first does.

        What is seldom needed would take it minutes or hours later, when nobody counts on it any more. What fails here
        fails again for whoever asks, who knows what to do then.
        """
        for height in self._queues:
            blank = np.full((height, self.canvas_size[0], 3), GREY, np.uint8)
            wait([self.submit_canvas(blank) for _ in range(self.in_flight)])

    def _queue(self, model: openvino.CompiledModel) -> openvino.AsyncInferQueue:
        queue = openvino.AsyncInferQueue(model, self.in_flight)
        queue.set_callback(self._finish)
        return queue

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


def _read(path: Path, shares: tuple[float, ...]) -> dict[int, openvino.Model]:
    """The model, and where it can be had the same for lower inputs; by the input's height."""
    whole = CORE.read_model(path)
    height = whole.input().shape[2]
    lower = {round(height * share / STRIDES[-1]) * STRIDES[-1] for share in shares}
    models = {pixels: lowered(CORE.read_model(path), pixels) for pixels in lower}
    return {pixels: model for pixels, model in models.items() if model is not None} | {height: whole}


def _canvas(image: Image, letterbox: Letterbox, size: tuple[int, int]) -> Image:
    shape = size[1], size[0], 3
    if image.shape == shape and image.flags.c_contiguous:
        return image[None]  # it fits as it is; the caller has given it away
    canvas = np.empty((1, *shape), np.uint8)
    letterbox.place(image, canvas[0])
    return canvas


def compile_for_throughput(model: openvino.Model, device: str, kind: str = ".xml") -> openvino.CompiledModel:
    """The model with bytes as input: RGB, (1, height, width, 3); conversion and scaling to 0..1 happen inside.

    ``kind``: of the file that it was read from.
    """
    processor = PrePostProcessor(model)
    processor.input().tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    processor.input().model().set_layout(openvino.Layout("NCHW"))
    processor.input().preprocess().convert_element_type(openvino.Type.f32).scale(255.0)
    # What is not quantised stays in float32 also where the processor prefers bfloat16: hosts should find the same, and
    # some quantised ONNX graphs have no kernels in bfloat16 at all.
    # A stream that is bound to one core waits for what else runs there, while another core is idle.
    hints: dict[str, str | bool] = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
    if device.startswith("CPU"):
        hints["ENABLE_CPU_PINNING"] = False
        # A quantised ONNX graph loses most of its confidence in this library's integer kernels on some processors
        # (AMD's with AVX-512: helmets 0.19 on average instead of 0.54), so it is computed as it describes itself.
        # Its weights become floats while it is compiled. Where several streams share those, layers get the weights of
        # others (OpenVINO 2026.4): each load found something else. Graphs that come as floats find the same each time.
        in_floats = kind == ".onnx" and _is_quantised(model)
        hints["LP_TRANSFORMS_MODE"] = not in_floats
        if in_floats:
            hints["NUM_STREAMS"] = "1"
    return CORE.compile_model(processor.build(), device, hints)


def _is_quantised(model: openvino.Model) -> bool:
    return any(node.get_type_name() == "FakeQuantize" for node in model.get_ordered_ops())
