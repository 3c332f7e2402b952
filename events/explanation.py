"""An event's evidence in words that a guard reads: what was measured, when, and where."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from events.models import Event

SIDES = {"left_to_right": "from left to right", "right_to_left": "from right to left"}


def evidence_moments(event: Event) -> list[tuple[str, datetime | None, str]]:
    """Rows of (what, when, more). ``when`` is wall-clock time, worked out from the recording's start."""
    evidence: dict[str, Any] = event.evidence or {}
    rows = {"zone_presence": _presence, "line_crossing": _crossing}.get(str(evidence.get("condition")), _none)
    return rows(event, evidence)


def _none(event: Event, evidence: dict[str, Any]) -> list[tuple[str, datetime | None, str]]:
    return []


def _presence(event: Event, evidence: dict[str, Any]) -> list[tuple[str, datetime | None, str]]:
    zone = evidence.get("zone", "the area")
    rows = [(f"Entered “{zone}”", _wall(event, evidence.get("entered_ms")), "")]
    dwell = float(evidence.get("dwell_seconds") or 0)
    if dwell:
        rows.append((f"Had stayed {dwell:g} s, the limit of the rule", event.started_at, ""))
    if event.ended_at:
        inside = event.ended_at - (_wall(event, evidence.get("entered_ms")) or event.started_at)
        rows.append(("Left", event.ended_at, f"after {inside.total_seconds():.1f} s inside"))
    return rows


def _crossing(event: Event, evidence: dict[str, Any]) -> list[tuple[str, datetime | None, str]]:
    line = evidence.get("line", "the line")
    side = SIDES.get(str(evidence.get("direction")), "")
    return [(f"Crossed “{line}” {side}".strip(), _wall(event, evidence.get("crossed_ms")) or event.started_at, "")]


def _wall(event: Event, at_ms: Any) -> datetime | None:  # noqa: ANN401  a number out of JSON
    if event.job is None or not isinstance(at_ms, int | float):
        return None
    return event.job.recording.started_at + timedelta(milliseconds=at_ms)
