"""Picks the detector of this host: from the models that are installed, else motion."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol, cast

import structlog

from workers.runtime.contract import DetectorKind
from workers.runtime.detectors.base import Detector, DetectorSettings
from workers.runtime.detectors.motion import MotionDetector
from workers.runtime.models import ModelEntry, ModelError, ModelTask, read_manifest, verified_weights

__all__ = ["Detector", "DetectorSettings", "load_detector", "load_model"]

log = structlog.get_logger(__name__)


class _WeightsDetector(Protocol):
    def __call__(self, path: Path, *, entry: ModelEntry, settings: DetectorSettings) -> Detector: ...


# By name, so that a host imports only the libraries of the detector it uses: ultralytics brings torch.
DETECTORS = {
    DetectorKind.OPENVINO: ("workers.runtime.detectors.openvino", "OpenVinoDetector"),
    DetectorKind.ULTRALYTICS: ("workers.runtime.detectors.ultralytics", "UltralyticsDetector"),
}


def load_detector(settings: DetectorSettings) -> Detector:
    """The first installed model of the wanted kind, checked against the manifest; motion where there is none.

    Raises:
        ModelError: the weights differ from the manifest, or the model asked for by name is not installed.
    """
    if settings.kind is DetectorKind.MOTION:
        return MotionDetector()
    entry = _chosen(settings)
    if entry is None:
        log.warning("no_model_installed", models_dir=str(settings.models_dir), detector=DetectorKind.MOTION)
        return MotionDetector()
    return load_model(entry, settings)


def load_model(entry: ModelEntry, settings: DetectorSettings) -> Detector:
    """The model that a manifest lists.

    Raises:
        ModelError: the weights differ from the manifest.
    """
    weights = verified_weights(settings.models_dir, entry)
    module, name = DETECTORS[entry.kind]
    make = cast(_WeightsDetector, getattr(importlib.import_module(module), name))
    return make(weights, entry=entry, settings=settings)


def _chosen(settings: DetectorSettings) -> ModelEntry | None:
    installed = read_manifest(settings.models_dir).models
    for entry in installed:
        suits = entry.kind is settings.kind and entry.task is ModelTask.DETECT
        if suits and settings.model in ("", entry.name):
            return entry
    if settings.model:
        raise ModelError(f"The model {settings.model} is not installed for {settings.kind}.")
    return None
