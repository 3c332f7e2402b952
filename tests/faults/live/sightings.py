"""When a GPU host saw a camera: read from its log, which says when a camera's first picture came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.faults.live.fleet import NODES, Fleet


def sightings(fleet: Fleet, camera_id: int) -> list[float]:
    """Moments (seconds since 1970) at which some host began to see the camera."""
    name = f"camera {camera_id}"
    return sorted(
        datetime.fromisoformat(line["timestamp"]).timestamp()
        for node in NODES
        for line in log_lines(fleet.log(node))
        if line.get("event") == "stream.condition" and (line.get("stream"), line.get("condition")) == (name, "online")
    )


def first_sighting(fleet: Fleet, camera_id: int, since: float) -> float | None:
    return next((moment for moment in sightings(fleet, camera_id) if moment >= since), None)


def ending_of(fleet: Fleet, stream_id: str, epoch: int) -> float | None:
    """When the host that held this lease stopped watching in order."""
    for node in NODES:
        for line in log_lines(fleet.log(node)):
            if (line.get("event"), line.get("stream_id"), line.get("epoch")) == ("stream.ends", stream_id, epoch):
                return datetime.fromisoformat(line["timestamp"]).timestamp()
    return None


def log_lines(log: str) -> Iterator[dict[str, Any]]:
    """Those that are JSON and whole."""
    for line in log.splitlines():
        if line.startswith("{"):
            try:
                yield json.loads(line)
            except ValueError:
                continue  # cut off by a kill
