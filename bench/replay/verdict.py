"""Compares what the platform knows in the end with what each camera alone must give."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from bench.installation import Installation
from bench.replay.journal import Played
from bench.replay.oracle import Expected, expected_events

ORACLES = 2


@dataclass(frozen=True, slots=True)
class Found:
    """An event as its row tells it; times in stream time."""

    rule_id: int
    track_id: int
    start_ms: int
    end_ms: int | None


def expected_of_all(leases: Sequence[Sequence[Played]]) -> list[Expected]:
    """Every camera's oracle, over both cores."""
    with ProcessPoolExecutor(ORACLES) as pool:
        return [event for events in pool.map(expected_events, leases, chunksize=8) for event in events]


def found_rows(installation: Installation) -> dict[uuid.UUID, Found]:
    rows = installation.sql(
        "SELECT e.id, e.rule_id, e.track_id, (extract(epoch FROM e.started_at - s.started_at) * 1000)::bigint,"
        " (extract(epoch FROM e.ended_at - s.started_at) * 1000)::bigint"
        " FROM events_event e JOIN workers_stream s ON s.id = e.stream_id"
    )
    return {event_id: Found(*rest) for event_id, *rest in rows}


def differences(found: dict[uuid.UUID, Found], wanted: Iterable[Expected]) -> list[str]:
    """A sentence for each event that is missing, too many (so also one that came twice), or another."""
    rows = {event.event_id: Found(event.rule_id, event.track_id, event.start_ms, event.end_ms) for event in wanted}
    problems = [f"missing: {event_id} {row}" for event_id, row in rows.items() if event_id not in found]
    problems += [f"not expected: {event_id} {row}" for event_id, row in found.items() if event_id not in rows]
    problems += [
        f"differs: {event_id} is {found[event_id]}, not {row}"
        for event_id, row in rows.items()
        if event_id in found and found[event_id] != row
    ]
    return problems
