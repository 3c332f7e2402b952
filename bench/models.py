"""What a look of a further model costs, and how many looks a rule causes, against that model on every whole frame.

CPU time of the process, not the clock: what else the machine does counts little. vtest at 5 frames/s, the first
BENCH_SECONDS of it, where 3 to 8 people walk; the detector is not counted. Crops cost more than whole frames where
many people are asked about as often as frames come, and give what whole frames cannot: people who are small there.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from bench.criterion import Criterion, report
from rules.engine.frames import FrameTracks
from rules.engine.rule import RuleSpec
from rules.engine.schema import ZoneShape, parse_rule
from tests.engine.recorded import pictures, tracks_of
from tests.runtime.footage import CAMPUS, LAWN, asset
from workers.runtime.closeups.closeups import CROP_PIXELS, Closeups, CloseupSettings
from workers.runtime.closeups.crops import crop
from workers.runtime.closeups.models import CloseupModels
from workers.runtime.detectors import DetectorSettings, load_detector
from workers.runtime.detectors.base import Image
from workers.runtime.live.detector import SharedDetector
from workers.runtime.model_export import pull_model
from workers.runtime.models import ModelTask

SECONDS = float(os.environ.get("BENCH_SECONDS", "30"))
ROUNDS = 12
CROPS = (1, 2, 4, 8)
FPS = 5
DETECTOR = "models/yolo11n_int8_openvino_model"
FURTHER = {
    ModelTask.POSE: "models/yolov8n-pose_int8_openvino_model",
    ModelTask.PPE: "models/ppe_yolov8n_int8_fixed.onnx",
}
RULES = {
    "a fall anywhere": "name: a\nwho: {classes: [person]}\nwhen: {pose: falling}",
    "no helmet anywhere": "name: a\nwho: {classes: [person]}\nwhen: {lacks: helmet}",
    "a fall on the lawn": "name: a\nwho: {classes: [person]}\nwhen: {all: [{in_zone: Lawn}, {pose: falling}]}",
}


@dataclass(frozen=True, slots=True)
class Film:
    frames: list[FrameTracks]
    images: list[Image]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="vms-bench-") as name:
        folder = Path(name)
        pull_model(folder, asset(DETECTOR), project=folder)
        for task, source in FURTHER.items():
            pull_model(folder, asset(source), project=folder, task=task)
        models = CloseupModels(DetectorSettings(folder))
        loaded = models.load(FURTHER)
        film = _film(folder)
        for task in FURTHER:
            _print_costs(task, loaded[task], film.images[0])
        criteria = [_of_rule(title, text, models, loaded, film) for title, text in RULES.items()]
        models.close()
    return report(criteria)


def _film(folder: Path) -> Film:
    detector = load_detector(DetectorSettings(folder))
    frames = tracks_of(CAMPUS.file, detector, FPS, until_ms=SECONDS * 1000)
    detector.close()
    images = [image for _, image in zip(frames, (image for _, image in pictures(CAMPUS.path, FPS)), strict=False)]
    return Film(frames, images)


def _print_costs(task: ModelTask, model: SharedDetector, image: Image) -> None:
    for count in CROPS:
        boxes = [(60.0 * index, 100.0, 60.0 * index + 60, 260.0) for index in range(count)]
        crops = [crop(image, box, min(CROP_PIXELS[task], *(model.canvas_size or ()))) for box in boxes]
        cost = _cost(partial(model.look_alone, crops))
        print(f"{task}: {count} crop(s) of one frame, {cost / count:.1f} ms CPU each")
    print(f"{task}: a whole frame, {_cost(lambda: model.submit(image).result()):.1f} ms CPU")


def _of_rule(title: str, text: str, models: CloseupModels, loaded: dict[str, SharedDetector], film: Film) -> Criterion:
    spec = parse_rule(text)
    task = ModelTask.PPE if "lacks" in text else ModelTask.POSE
    closeups = Closeups([spec], _zones(spec), CloseupSettings(models), None)
    began, looks = time.process_time(), 0
    for frame, image in zip(film.frames, film.images, strict=True):
        size = image.shape[1], image.shape[0]
        seen = closeups.add_to(frame, size, partial(np.asarray, image))
        looks += len(seen.items.looked_at or ()) if seen.items else len(seen.keypoints)
    per_frame = (time.process_time() - began) * 1000 / len(film.frames)
    naive = _cost_of_all(loaded[task], film.images)
    people = np.mean([each.class_names.count("person") for each in film.frames])
    print(f"{title}: {looks / SECONDS:.1f} answered looks a second, {people:.1f} people a frame")
    return Criterion(title, per_frame, f"{task} on every whole frame", naive, 1.0, "ms CPU a frame", at_most=True)


def _zones(spec: RuleSpec) -> Sequence[ZoneShape]:
    return [LAWN] if "Lawn" in spec.zone_names() else []


def _cost_of_all(model: SharedDetector, images: Sequence[Image]) -> float:
    chosen = images[:: max(1, len(images) // 20)]
    began = time.process_time()
    for image in chosen:
        model.submit(image).result()
    return (time.process_time() - began) * 1000 / len(chosen)


def _cost(work: Callable[[], object]) -> float:
    """The least of some rounds, in milliseconds."""
    costs = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        costs.append((time.process_time() - began) * 1000)
    return min(costs)
