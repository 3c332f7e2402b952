"""What is known of a camera around a moment at which an event is missing or too many: a failure explains itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.faults.live.fleet import NODES, PLATFORM, Fleet
from tests.faults.live.sightings import log_lines

BEFORE_SECONDS, AFTER_SECONDS = 20.0, 8.0
QUIETER = ("web", "tasks", "scheduler")
"""They also write down what goes as it should."""
LEASES = """
    SELECT l.epoch, n.name, extract(epoch FROM s.started_at)::float8 + l.from_ms / 1000.0,
        extract(epoch FROM s.started_at)::float8 + l.until_ms / 1000.0, l.end_reason
    FROM workers_streamlease l JOIN workers_stream s ON s.id = l.stream_id JOIN cameras_camera c ON c.id = s.camera_id
        LEFT JOIN workers_workernode n ON n.id = l.node_id
    WHERE c.name = %s ORDER BY l.epoch DESC LIMIT 4
"""
EVENTS = """
    SELECT r.name, extract(epoch FROM e.started_at)::float8, extract(epoch FROM e.received_at)::float8, e.track_id,
        e.lease_epoch
    FROM events_event e JOIN cameras_camera c ON c.id = e.camera_id JOIN rules_rule r ON r.id = e.rule_id
    WHERE c.name = %s AND e.started_at BETWEEN to_timestamp(%s) AND to_timestamp(%s) ORDER BY e.started_at
"""
SEEN = """
    SELECT t.epoch, extract(epoch FROM s.started_at)::float8 + t.start_ms / 1000.0,
        extract(epoch FROM s.started_at)::float8 + t.end_ms / 1000.0, t.frames, t.objects_seen
    FROM events_tracklog t JOIN workers_stream s ON s.id = t.stream_id JOIN cameras_camera c ON c.id = t.camera_id
    WHERE c.name = %s ORDER BY t.epoch DESC, t.start_ms DESC LIMIT 6
"""


HEALTH = """
    SELECT h.state, h.reason, h.memory->'mark' FROM cameras_camerahealth h JOIN cameras_camera c ON c.id = h.camera_id
    WHERE c.name = %s
"""


def evidence(fleet: Fleet, camera: str, at: float, until: float | None = None) -> list[str]:
    """Leases, what was seen under them, events, what was written of the camera up to ``until``, and how it does now.

    Moments in seconds from ``at``.
    """
    window = at - BEFORE_SECONDS, max(at + AFTER_SECONDS, until or 0)
    lines = [f"{camera}, 0 is {datetime.fromtimestamp(at, UTC):%H:%M:%S.%f}:"]
    for epoch, node, start, end, reason in fleet.sql(LEASES, camera):
        lines.append(f"  lease {epoch} of {node}: {_span(at, start, end)} {reason}")
    for epoch, start, end, frames, objects in fleet.sql(SEEN, camera):
        lines.append(f"  track log of lease {epoch}: {_span(at, start, end)}, {frames} frames, {objects} objects")
    for rule, start, told, track, epoch in fleet.sql(EVENTS, camera, *window):
        lines.append(f"  {rule} at {start - at:+.1f}, told at {told - at:+.1f}, track {track}, lease {epoch}")
    for state, reason, mark in fleet.sql(HEALTH, camera):
        lines.append(f"  now {state} {reason}: {mark}")
    return lines + _written(fleet, camera, at, window)


def _span(at: float, start: float, end: float | None) -> str:
    return f"{start - at:+.1f} to {'now' if end is None else f'{end - at:+.1f}'}"


def _written(fleet: Fleet, camera: str, at: float, window: tuple[float, float]) -> list[str]:
    """Lines about this camera, or about no camera at all: the hosts', the orchestrator's, and the others' warnings."""
    camera_id = fleet.camera_id(camera)
    ((stream_id,),) = fleet.sql("SELECT id::text FROM workers_stream WHERE camera_id = %s", camera_id)
    found = []
    for name in (*NODES, *PLATFORM):
        for line in log_lines(fleet.log(name)):
            if "timestamp" not in line or (name in QUIETER and line.get("level") == "info"):
                continue
            moment = datetime.fromisoformat(line.pop("timestamp")).timestamp()
            if window[0] <= moment <= window[1] and _is_about(line, camera_id, stream_id):
                found.append((moment, f"  {moment - at:+.1f} {name}: {_words(line)}"))
    return [text for _, text in sorted(found)]


def _is_about(line: dict[str, Any], camera_id: int, stream_id: str) -> bool:
    named = {str(line[key]) for key in ("stream", "stream_id", "camera", "camera_id") if key in line}
    return not named or bool(named & {f"camera {camera_id}", stream_id, str(camera_id)})


def _words(line: dict[str, Any]) -> str:
    return " ".join(f"{key}={str(value)[:120]}" for key, value in line.items() if key not in ("level", "logger"))
