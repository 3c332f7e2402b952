"""The columns of the list of events, the same in CSV and Excel."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from events.choices import Severity, Verdict
from reports.content import EventRow, Heading
from vms.spreadsheet_text import safe_text

Cell = str | float | datetime | None

SEVERITY_LABELS = {value: str(label) for value, label in Severity.choices}
VERDICT_LABELS = {value: str(label) for value, label in Verdict.choices}

# Name and width in Excel's own unit, about a character.
EVENT_COLUMNS = (
    ("Start", 19),
    ("End", 19),
    ("Seconds", 9),
    ("Site", 18),
    ("Camera", 22),
    ("Rule", 26),
    ("Severity", 10),
    ("Seen", 12),
    ("Confidence", 11),
    ("What happened", 48),
    ("Verdict", 13),
    ("Note", 30),
    ("Link", 40),
)


def event_cells(row: EventRow, heading: Heading) -> tuple[Cell, ...]:
    """Aware times in the report's zone, plain numbers, and text that is safe in a spreadsheet."""
    ended_at = heading.local(row.ended_at) if row.ended_at else None
    seconds = round((row.ended_at - row.started_at).total_seconds(), 1) if row.ended_at else None
    return (
        heading.local(row.started_at),
        ended_at,
        seconds,
        safe_text(row.site),
        safe_text(row.camera),
        safe_text(row.rule),
        SEVERITY_LABELS[row.severity],
        safe_text(row.class_name),
        round(row.confidence, 3),
        safe_text(row.message),
        VERDICT_LABELS[row.verdict],
        safe_text(row.verdict_note),
        f"{settings.BASE_URL}/events/{row.id}/",
    )
