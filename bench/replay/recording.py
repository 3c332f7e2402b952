"""The detections of real footage by the real model, frame by frame, made once and kept in a file."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from av.video.reformatter import VideoReformatter

from tests.runtime.footage import CAMPUS, TABLE, Scene, asset
from workers.runtime.detections import Detections
from workers.runtime.detectors import DetectorSettings, load_detector
from workers.runtime.detectors.base import Detector
from workers.runtime.model_install import install_openvino
from workers.runtime.recording import Recording, open_recording
from workers.runtime.source import SampledReader, Sampling, to_image

MODEL = "models/yolo11n_int8_openvino_model"
FPS = 5
SCENES = {"campus": CAMPUS, "table": TABLE}
"""What the replay cameras play: a busy path with parked cars, and a room that is empty for long stretches."""


@dataclass(frozen=True, slots=True)
class DetectionRecording:
    """What the model found in each frame at ``FPS``; boxes in pixels of ``size`` (width, height)."""

    name: str
    size: tuple[int, int]
    class_names: tuple[str, ...]
    frames: tuple[Detections, ...]

    def save(self, path: Path) -> None:
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                size=np.array(self.size),
                class_names=np.array(self.class_names),
                counts=np.array([len(frame) for frame in self.frames]),
                boxes_xyxy=np.concatenate([frame.boxes_xyxy for frame in self.frames]),
                confidences=np.concatenate([frame.confidences for frame in self.frames]),
                class_ids=np.concatenate([frame.class_ids for frame in self.frames]),
            )
        part.replace(path)

    @classmethod
    def load(cls, name: str, path: Path) -> DetectionRecording:
        with np.load(path, allow_pickle=False) as saved:
            edges = np.cumsum(saved["counts"])[:-1]
            columns = (np.split(saved[key], edges) for key in ("boxes_xyxy", "confidences", "class_ids"))
            frames = tuple(Detections(*rows) for rows in zip(*columns, strict=True))
            width, height = saved["size"].tolist()
            return cls(name, (width, height), tuple(saved["class_names"].tolist()), frames)


def cache_folder() -> Path:
    """``BENCH_CACHE``, or a folder among the temporary files."""
    folder = Path(os.environ.get("BENCH_CACHE") or Path(tempfile.gettempdir()) / "vms-bench-cache")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@lru_cache
def recorded(name: str) -> DetectionRecording:
    """The recording of one of ``SCENES``, from its file or, the first time, from the model."""
    scene = SCENES[name]
    path = cache_folder() / f"detections-{name}-{_fingerprint(scene)}.npz"
    if not path.exists():
        print(f"recording the detections of {scene.file} at {FPS} frames/s, once", flush=True)
        record(name, scene).save(path)
    return DetectionRecording.load(name, path)


def _fingerprint(scene: Scene) -> str:
    weights = asset(MODEL) / "yolo11n.bin"
    known = f"{FPS} {scene.path.stat().st_size} {hashlib.sha256(weights.read_bytes()).hexdigest()}"
    return hashlib.sha256(known.encode()).hexdigest()[:12]


def record(name: str, scene: Scene) -> DetectionRecording:
    """Have the model look at every frame at ``FPS``: no gate, nothing skipped."""
    with tempfile.TemporaryDirectory(prefix="vms-bench-") as folder:
        install_openvino(Path(folder), asset(MODEL), origin="test assets")
        detector = load_detector(DetectorSettings(Path(folder)))
        try:
            with open_recording(Recording(scene.path, scene.container_format)) as source:
                size = source.decoder.width, source.decoder.height
                frames = tuple(_detected(SampledReader(source, Sampling(FPS)), detector))
            return DetectionRecording(name, size, detector.class_names, frames)
        finally:
            detector.close()


def _detected(reader: SampledReader, detector: Detector) -> Iterator[Detections]:
    reformatter = VideoReformatter()
    waiting: deque[Future[Detections]] = deque()
    for sampled in reader:
        waiting.append(detector.submit(to_image(sampled.picture, reformatter)))
        if len(waiting) > detector.in_flight:
            yield waiting.popleft().result()
    for found in waiting:
        yield found.result()
