"""What the coverage ledger holds against each camera of the minute that is going on."""

from __future__ import annotations

from dataclasses import dataclass

from tests.faults.live.fleet import Fleet

TALLIES = """
    SELECT c.name, extract(epoch FROM h.counted_until)::float8, h.tally, h.closed
    FROM cameras_camerahealth h JOIN cameras_camera c ON c.id = h.camera_id
"""
SPANS = """
    SELECT state FROM cameras_coveragespan s JOIN cameras_camera c ON c.id = s.camera_id
    WHERE c.name = %s AND s.started_at < to_timestamp(%s) AND s.ended_at > to_timestamp(%s)
"""
FEW_MS = 4_000
"""So little a minute may miss and still count as analysed."""


@dataclass(frozen=True)
class Tally:
    """``missed_ms``: what of this minute was not analysed so far."""

    counted_until: float
    missed_ms: int

    @property
    def minute(self) -> float:
        return self.counted_until // 60 * 60


def tallies(fleet: Fleet) -> dict[str, Tally]:
    return {
        name: Tally(until, sum(tally.get("blind", {}).values()) + sum(tally.get("degraded", {}).values()))
        for name, until, tally, _ in fleet.sql(TALLIES)
    }


def missed_since(fleet: Fleet, before: dict[str, Tally]) -> dict[str, object]:
    """What the ledger says was not analysed since: milliseconds, or the states of minutes that closed meanwhile."""
    missed: dict[str, object] = {}
    for name, now in tallies(fleet).items():
        then = before[name]
        more_ms = now.missed_ms - (then.missed_ms if now.minute == then.minute else 0)
        states = {state for (state,) in fleet.sql(SPANS, name, now.minute, then.minute)} - {"analysed"}
        if more_ms > 0:
            missed[name] = more_ms
        elif states and then.missed_ms < FEW_MS:
            missed[name] = states
    return missed
