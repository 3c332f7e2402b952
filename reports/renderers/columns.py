"""The columns of the list of events, the same in CSV and Excel."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_noop as _

from events.choices import Severity, Verdict
from reports.content import EventRow, Heading
from vms.spreadsheet_text import safe_text

Cell = str | float | datetime | None

# Name, translated where it is written, and width in Excel's own unit, about a character.
EVENT_COLUMNS = (
    (_("Start"), 19),
    (_("End"), 19),
    (_("Seconds"), 9),
    (_("Site"), 18),
    (_("Camera"), 22),
    (_("Rule"), 26),
    (_("Severity"), 10),
    (_("Seen"), 12),
    (_("Confidence"), 11),
    (_("What happened"), 48),
    (_("Verdict"), 13),
    (_("Note"), 30),
    (_("Link"), 40),
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
        str(Severity(row.severity).label),
        safe_text(row.class_name),
        round(row.confidence, 3),
        safe_text(row.message),
        str(Verdict(row.verdict).label),
        safe_text(row.verdict_note),
        f"{settings.BASE_URL}/events/{row.id}/",
    )
