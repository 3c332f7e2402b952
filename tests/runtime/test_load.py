"""What a node tells of itself: what it could do, what it does, what is left."""

from __future__ import annotations

import sys
import time
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.runtime.live.watch import until
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, Image
from workers.runtime.gpu import GpuMeter
from workers.runtime.live.detector import SharedDetector
from workers.runtime.load import NodeMeter

INFERENCE_SECONDS = 0.02


class SlowDetector(Detector):
    """Takes a while for each frame, one at a time."""

    name, class_names = "slow", ()

    def submit(self, image: Image) -> Future[Detections]:
        time.sleep(INFERENCE_SECONDS)
        future: Future[Detections] = Future()
        future.set_result(Detections.empty())
        return future


class BrokenDetector(Detector):
    name, class_names = "broken", ()

    def submit(self, image: Image) -> Future[Detections]:
        raise MemoryError


class FakeNvml(SimpleNamespace):
    """What of the module ``pynvml`` is used; a stand-in, since no card is here."""

    class NVMLError(Exception):
        pass

    def __init__(self, cards: int = 1) -> None:
        super().__init__(cards=cards, is_lost=False)

    def nvmlInit(self) -> None:  # noqa: N802
        if not self.cards:
            raise self.NVMLError("driver not loaded")

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        if index >= self.cards:
            raise self.NVMLError("invalid argument")
        return index

    def nvmlDeviceGetMemoryInfo(self, _card: int) -> SimpleNamespace:  # noqa: N802
        if self.is_lost:
            raise self.NVMLError("GPU is lost")
        return SimpleNamespace(total=24_000_000_000, free=20_000_000_000, used=4_000_000_000)

    def nvmlDeviceGetUtilizationRates(self, _card: int) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(gpu=37, memory=12)

    def nvmlDeviceGetName(self, _card: int) -> str:  # noqa: N802
        return "A card"


def test_what_the_detector_could_do_is_found_out_before_anything_runs(tmp_path: Path) -> None:
    meter = NodeMeter(SharedDetector(SlowDetector()), "CPU", tmp_path, lambda: 3)
    assert meter.load().inferences_per_second is None
    meter.begin()
    until(lambda: meter.load().inferences_per_second is not None, "the measurement")
    measured = meter.load().inferences_per_second
    assert measured is not None
    assert 0 < measured <= 1 / INFERENCE_SECONDS


def test_a_detector_that_cannot_be_measured_stays_unknown(tmp_path: Path) -> None:
    meter = NodeMeter(SharedDetector(BrokenDetector()), "CPU", tmp_path, lambda: 3)
    meter._calibrate(lambda: None)
    assert meter.load().inferences_per_second is None


def test_what_the_detector_does_is_told(tmp_path: Path) -> None:
    detector = SharedDetector(SlowDetector())
    meter = NodeMeter(detector, "CPU", tmp_path, lambda: 3)
    for _ in range(5):
        detector.submit(np.zeros((48, 64, 3), np.uint8)).result()
    load = meter.load()
    assert load.streams == 3
    assert 0 < load.busy <= 1
    assert load.frames_asked_per_second == 0  # only live cameras' frames count


def test_memory_and_room_are_told(tmp_path: Path) -> None:
    load = NodeMeter(SharedDetector(SlowDetector()), "CPU", tmp_path, lambda: 3).load()
    assert load.memory_bytes > 10_000_000
    assert load.spool_free_bytes > 0
    assert 0 <= load.cpu_share <= 1
    assert load.gpu_memory_free_bytes is None


def test_a_card_is_told_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml())
    load = NodeMeter(SharedDetector(SlowDetector()), "cuda:0", tmp_path, lambda: 3).load()
    assert (load.gpu_name, load.gpu_memory_bytes, load.gpu_memory_free_bytes, load.gpu_share) == (
        "A card",
        24_000_000_000,
        20_000_000_000,
        0.37,
    )


@pytest.mark.parametrize(("cards", "device"), [(0, "cuda:0"), (1, "cuda:3"), (1, "CPU"), (1, "cuda:x")])
def test_without_a_card_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch, cards: int, device: str) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(cards))
    assert GpuMeter(device).load() is None


def test_a_card_that_is_lost_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = FakeNvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    meter = GpuMeter("cuda:0")
    nvml.is_lost = True
    assert meter.load() is None


def test_without_the_library_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert GpuMeter("cuda:0").load() is None
