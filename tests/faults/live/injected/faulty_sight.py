"""What can be made to go wrong where a GPU host looks at pictures: it dies, runs out of memory, hangs, is flooded."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame

from workers.runtime import detectors
from workers.runtime.contract import DetectorKind
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, Image
from workers.runtime.live.batching import Batcher
from workers.runtime.live.detector import CameraLane
from workers.runtime.live.sight import Findings, GatedSight, WholeSight

LOOK_SECONDS = 0.2
HANGING_SECONDS = 3_600
SHARING_SECONDS = 0.25
SHORT_OF_MEMORY_SECONDS = 0.3
SKIP, LEAST_PIXELS = 2, 20
"""Every second pixel is looked at, for speed; less than so many of them are nothing."""
FLOOD_BOXES, FLOOD_COLUMNS = 100, 10
FLOOD_STEP, FLOOD_STEPS = 6, 20


LANES: dict[Any, int] = {}
"""Whose lane it is."""


class Faults:
    """The test's orders, read anew now and then: ``{"poison": [camera, ...], "hang": true, ...}``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0.0
        self._orders: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        if time.monotonic() - self._read_at > LOOK_SECONDS:
            self._orders = json.loads(self._path.read_text()) if self._path.exists() else {}
            self._read_at = time.monotonic()
        return self._orders.get(name)


def install(path: Path, *, with_colour: bool) -> None:
    faults = Faults(path)
    for sight in (WholeSight, GatedSight):
        sight.find = _faulty(sight.find, faults)  # type: ignore[method-assign]
    CameraLane.look = _noted(CameraLane.look)  # type: ignore[method-assign]
    Batcher._send = _deadly(Batcher._send, faults)  # type: ignore[method-assign]
    Batcher._deadline_seconds = _patient(Batcher._deadline_seconds, faults)  # type: ignore[method-assign]
    if with_colour:
        detectors.load_detector = lambda settings: ColourDetector(faults)


def _faulty(find: Callable[..., Findings], faults: Faults) -> Callable[..., Findings]:
    def wrapped(self: Any, sampled: Any, analysis: Any) -> Findings:
        camera = _this_camera()
        if camera in (faults.get("poison") or ()):
            os.kill(os.getpid(), signal.SIGKILL)
        if camera in (faults.get("flood") or ()):
            picture = _noise(sampled.picture.width, sampled.picture.height, sampled.at_ms // 200 % 2)
            find(self, replace(sampled, picture=picture), analysis)  # everything moves: the detector has work
            return Findings(_flood(sampled.at_ms))
        return find(self, sampled, analysis)

    return wrapped


@cache
def _noise(width: int, height: int, number: int) -> VideoFrame:
    noise = np.random.default_rng(number).integers(0, 255, (height, width, 3), np.uint8)
    return VideoFrame.from_ndarray(noise, format="rgb24").reformat(format="yuv420p")


def _noted(look: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(self: Any, pieces: Any) -> Any:
        LANES[self._lane] = _this_camera()
        return look(self, pieces)

    return wrapped


def _deadly(send: Callable[..., None], faults: Faults) -> Callable[..., None]:
    """A canvas with this camera's pieces kills: one that others share, and later, as it is a suspect, its own."""

    def wrapped(self: Any, inference: Any) -> None:
        cameras = {LANES.get(lane) for lane in inference.lanes}
        is_deadly = bool(cameras & set(faults.get("deadly_canvas") or ()))
        if is_deadly and (len(cameras) > 1 or any(lane.mark.alone for lane in inference.lanes)):
            os.write(sys.stderr.fileno(), f"deadly canvas of {len(cameras)}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)
        send(self, inference)

    return wrapped


def _patient(deadline_seconds: Callable[..., float], faults: Faults) -> Callable[..., float]:
    """Long enough that every camera in which something moves is on the canvas."""
    return lambda self: SHARING_SECONDS if faults.get("deadly_canvas") else deadline_seconds(self)


def _this_camera() -> int:
    return int(threading.current_thread().name.removeprefix("analyse "))


def _flood(at_ms: int) -> Detections:
    """A hundred boxes that never stand still, and cross every line and zone again and again."""
    step = (at_ms // 200) % (2 * FLOOD_STEPS)
    shift = FLOOD_STEP * min(step, 2 * FLOOD_STEPS - step)
    left = np.tile(np.arange(FLOOD_COLUMNS) * 20 + shift, FLOOD_BOXES // FLOOD_COLUMNS)
    top = np.repeat(np.arange(FLOOD_BOXES // FLOOD_COLUMNS) * 23, FLOOD_COLUMNS)
    boxes = np.stack([left, top, left + 16, top + 20], axis=1).astype(np.float32)
    return Detections(boxes, np.full(FLOOD_BOXES, 0.9, np.float32), np.zeros(FLOOD_BOXES, np.int32))


class ColourDetector(Detector):
    """Finds the red and blue thing of the test's footage, as fast as a detector does and several at a time."""

    kind = DetectorKind.MOTION
    name = "colour"
    class_names = ("motion",)
    in_flight = 4
    canvas_size = (640, 640)

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._threads = ThreadPoolExecutor(self.in_flight, thread_name_prefix="colour")
        self._lock = threading.Lock()
        self._active = 0

    def submit(self, image: Image) -> Future[Detections]:
        return self._threads.submit(self._look, image)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _look(self, image: Image) -> Detections:
        with self._lock:
            self._active += 1
        try:
            self._fail_as_told()
            return _things(image)
        finally:
            with self._lock:
                self._active -= 1

    def _fail_as_told(self) -> None:
        if self._faults.get("hang"):
            time.sleep(HANGING_SECONDS)
        if self._faults.get("short_of_memory"):
            time.sleep(SHORT_OF_MEMORY_SECONDS)
            if self._active > 1:
                raise MemoryError("out of memory")


def _things(image: Image) -> Detections:
    red, green, blue = cv2.split(np.ascontiguousarray(image[::SKIP, ::SKIP]))
    coloured = ((cv2.absdiff(red, blue) > 60) & (green < 90)).astype(np.uint8)
    closed = cv2.dilate(coloured, np.ones((3, 3), np.uint8))
    count, _, table, _ = cv2.connectedComponentsWithStats(closed)
    found = [table[label, :4] for label in range(1, count) if table[label, cv2.CC_STAT_AREA] >= LEAST_PIXELS]
    if not found:
        return Detections.empty()
    corners = np.array(found, np.float32) * SKIP
    boxes = np.concatenate([corners[:, :2], corners[:, :2] + corners[:, 2:]], axis=1)
    return Detections(boxes, np.full(len(found), 0.9, np.float32), np.zeros(len(found), np.int32))
