"""What a GPU host is told through its environment: no database and no secret but its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.runtime.contract import DetectorKind

GIB = 2**30


class SettingsError(Exception):
    """A variable that is missing or makes no sense; the message says which."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    name: str
    token: str
    internal_url: str
    redis_url: str
    models_dir: Path
    spool_dir: Path
    detector: DetectorKind = DetectorKind.OPENVINO
    device: str = "CPU"
    outbox_max_entries: int = 100_000
    outbox_max_bytes: int = 10 * GIB
    ring_bytes: int = 2 * GIB
    stall_seconds: int = 20
    patience_seconds: int = 600
    hostname: str = ""

    @classmethod
    def from_environment(cls, source: Mapping[str, str] | None = None) -> NodeSettings:
        """Read the variables of docs/configuration.md.

        Raises:
            SettingsError: one is missing or cannot be used.
        """
        given = os.environ if source is None else source
        data = Path(given.get("VMS_DATA_DIR") or "var")
        return cls(
            name=given.get("VMS_NODE_NAME") or "local",
            token=_required(given, "VMS_NODE_TOKEN"),
            internal_url=_required(given, "VMS_INTERNAL_URL").rstrip("/"),
            redis_url=_required(given, "REDIS_GPU_URL"),
            models_dir=Path(given.get("VMS_MODELS_DIR") or data / "models").resolve(),
            spool_dir=Path(given.get("VMS_SPOOL_DIR") or data / "spool").resolve(),
            detector=_detector(given),
            device=given.get("VMS_DEVICE") or "CPU",
            outbox_max_entries=_number(given, "VMS_OUTBOX_MAX_ENTRIES", 100_000),
            outbox_max_bytes=_number(given, "VMS_OUTBOX_MAX_BYTES", 10 * GIB),
            ring_bytes=_number(given, "VMS_RING_BYTES", 2 * GIB),
            stall_seconds=_number(given, "VMS_STALL_SECONDS", 20),
            patience_seconds=_number(given, "VMS_STREAM_PATIENCE_SECONDS", 600),
            hostname=socket.gethostname(),
        )


def _required(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name} is not set. See docs/configuration.md for what a GPU host needs.")
    return value


def _detector(given: Mapping[str, str]) -> DetectorKind:
    value = given.get("VMS_DETECTOR", "").strip() or DetectorKind.OPENVINO
    try:
        return DetectorKind(value)
    except ValueError:
        raise SettingsError(f"VMS_DETECTOR is {value!r}; use one of {', '.join(DetectorKind)}.") from None


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    value = given.get(name, "").strip() or str(default)
    if not value.isdigit() or int(value) < 1:
        raise SettingsError(f"{name} is {value!r}; use a whole number above zero.")
    return int(value)
