"""How many frames a second of each camera were looked at, by the counts that its health keeps."""

from __future__ import annotations

from tests.faults.live.fleet import Fleet

MARKS = """
    SELECT c.name, (h.memory->'mark'->>'analysed')::float8, (h.memory->'mark'->>'at_ms')::float8 / 1000
    FROM cameras_camerahealth h JOIN cameras_camera c ON c.id = h.camera_id
"""
UNCOUNTED = """
    SELECT count(*) FROM cameras_camera c LEFT JOIN cameras_camerahealth h ON c.id = h.camera_id
    WHERE NOT c.hidden AND h.memory->'mark'->>'analysed' IS NULL
"""
Frames = dict[str, tuple[float, float]]
"""Frames analysed and the moment of the count, by camera; counted anew every eight seconds or so."""


def frames(fleet: Fleet) -> Frames:
    return {name: (count, at) for name, count, at in fleet.sql(MARKS)}


def frames_since(fleet: Fleet, moment: float) -> Frames:
    """Counted later than that: what went before, a hand-over perhaps, is not measured with it."""
    fleet.wait_until(lambda: all(at > moment for _, at in frames(fleet).values()), 60, "frames since are counted")
    return frames(fleet)


def are_counted(fleet: Fleet) -> bool:
    return fleet.sql(UNCOUNTED) == [(0,)]


def rate(start: tuple[float, float], end: tuple[float, float]) -> float:
    return (end[0] - start[0]) / (end[1] - start[1])
