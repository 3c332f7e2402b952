"""How full an NVIDIA card is, where there is one and its library is installed."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import structlog

log = structlog.get_logger(__name__)

CUDA_PREFIX = "cuda:"


@dataclass(frozen=True, slots=True)
class GpuLoad:
    name: str
    memory_free_bytes: int
    memory_bytes: int
    share: float


class GpuMeter:
    """Asks NVML (package nvidia-ml-py) about the card that the detector uses; None where that cannot be told."""

    def __init__(self, device: str) -> None:
        """``device`` as in the settings, such as ``cuda:0``; others than CUDA's have no meter here."""
        self._nvml, self._card = _opened(device)

    def load(self) -> GpuLoad | None:
        if self._nvml is None:
            return None
        try:
            memory = self._nvml.nvmlDeviceGetMemoryInfo(self._card)
            share = self._nvml.nvmlDeviceGetUtilizationRates(self._card).gpu / 100
            name = self._nvml.nvmlDeviceGetName(self._card)
        except self._nvml.NVMLError as error:
            log.warning("gpu.not_measured", error=str(error))
            return None
        text = name.decode() if isinstance(name, bytes) else str(name)  # bytes before version 11.5
        return GpuLoad(text, int(memory.free), int(memory.total), share)


def _opened(device: str) -> tuple[Any, Any]:
    index = device.removeprefix(CUDA_PREFIX)
    if not device.startswith(CUDA_PREFIX) or not index.isdigit():
        return None, None
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        log.warning("gpu.no_meter", reason="nvidia-ml-py is not installed")
        return None, None
    try:
        nvml.nvmlInit()
        return nvml, nvml.nvmlDeviceGetHandleByIndex(int(index))
    except nvml.NVMLError as error:
        log.warning("gpu.not_measured", error=str(error))
        return None, None
