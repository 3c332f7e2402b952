"""The further models of this host, each loaded when a camera first needs it, and shared by all streams."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

import structlog

from workers.runtime.contract import DetectorKind
from workers.runtime.detectors import DetectorSettings, load_model
from workers.runtime.live.detector import SharedDetector
from workers.runtime.models import FURTHER_TASKS, ModelEntry, ModelError, ModelTask, read_manifest

log = structlog.get_logger(__name__)

MOST_REASON = 200
MIN_CONFIDENCE = {ModelTask.POSE: 0.25, ModelTask.PPE: 0.2}


class CloseupModels:
    """From any thread. ``settings`` None: this host has none."""

    def __init__(self, settings: DetectorSettings | None = None) -> None:
        self._settings = settings
        self.broken: dict[str, str] = {}
        """What could not be loaded, each with the reason."""
        self._entries = {} if settings is None else self._installed(settings)
        self._loaded: dict[str, SharedDetector] = {}
        self._lock = threading.Lock()

    @property
    def names(self) -> frozenset[str]:
        """What is installed and, as far as is known, can be used."""
        return frozenset(self._entries)

    def load(self, names: Iterable[str]) -> dict[str, SharedDetector]:
        """Those of the models that can be used here; what cannot be loaded is not tried again."""
        with self._lock:
            for name in sorted(set(names) & self._entries.keys() - self._loaded.keys()):
                self._load(name)
            return {name: self._loaded[name] for name in names if name in self._loaded}

    def stuck_seconds(self) -> float:
        """Since when the oldest inference runs without an answer."""
        return max((model.stuck_seconds() for model in list(self._loaded.values())), default=0.0)

    def close(self) -> None:
        with self._lock:
            for model in self._loaded.values():
                model.close()
            self._loaded, self._entries = {}, {}

    def _load(self, name: str) -> None:
        entry, settings = self._entries[name], self._settings
        assert settings is not None, "without settings there are no entries"  # noqa: S101
        own = replace(settings, min_confidence=MIN_CONFIDENCE[entry.task])
        if entry.kind is not settings.kind:
            own = replace(own, device="CPU")  # what the settings name is the detector's device
        try:
            self._loaded[name] = SharedDetector(load_model(entry, own))
        except Exception as error:  # the edge to a library and to files of others; rules that need the model say so
            log.exception("model.not_loaded", model=entry.name, task=entry.task)
            del self._entries[name]
            self.broken = {**self.broken, name: _reason(error)}
        else:
            log.info("model.loaded", model=entry.name, task=entry.task)

    def _installed(self, settings: DetectorSettings) -> dict[str, ModelEntry]:
        """By task: the newest model of the detector's kind, else one for OpenVINO."""
        if settings.kind is DetectorKind.MOTION:
            return {}
        try:
            entries = read_manifest(settings.models_dir).models
        except ModelError as error:
            log.exception("model.list_damaged")
            self.broken = {str(task): _reason(error) for task in FURTHER_TASKS}
            return {}
        found: dict[str, ModelEntry] = {}
        for kind in (settings.kind, DetectorKind.OPENVINO):
            for entry in entries:
                if entry.task in FURTHER_TASKS and entry.kind is kind:
                    found.setdefault(entry.task, entry)
        return found


def _reason(error: Exception) -> str:
    """For an admin's eyes: a sentence of ours as it is, of a library's message the first line."""
    lines = str(error).strip().splitlines() or [""]
    kind = "" if isinstance(error, ModelError) else f"{type(error).__name__}: "
    return f"{kind}{lines[0]}"[:MOST_REASON]


NO_MODELS = CloseupModels()
