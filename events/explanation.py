"""An event's evidence in words that a guard reads: what was measured, when, and where.

Evidence was written by a node: what cannot be read is left out, never an error of the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.clause_values import MOST_TRACKS_NAMED, number, side
from events.clause_words import clause_rows
from events.models import Event

LONGEST_MS = 100 * 366 * 24 * 3600 * 1000
"""No recording or stream is as long: a later moment is a mistake, and may be one that no calendar has."""

INDENT = "· "
"""Before a clause within a clause."""

Moment = tuple[str, datetime | None, str]


class ClipMoment(NamedTuple):
    what: str
    when: datetime | None
    more: str
    at_ms: int | None
    """Where it is in the event's clip; None where it is not in it."""


def clip_moments(event: Event) -> list[ClipMoment]:
    return [ClipMoment(*row, _in_clip(event, row[1])) for row in evidence_moments(event)]


def _in_clip(event: Event, when: datetime | None) -> int | None:
    clip = getattr(event, "clip", None)
    if when is None or clip is None or not clip.video_name:
        return None
    at_ms = clip.moment_ms + round((when - event.started_at) / timedelta(milliseconds=1))
    return int(at_ms) if 0 <= at_ms <= clip.duration_ms else None


def evidence_moments(event: Event) -> list[Moment]:
    """Rows of (what, when, more). ``when`` is wall-clock time, worked out from the recording's start."""
    evidence = event.evidence if isinstance(event.evidence, dict) else {}
    rows = {"zone_presence": _presence, "line_crossing": _crossing, "camera_health": _health}.get(
        str(evidence.get("condition"))
    )
    if rows is None and isinstance(evidence.get("clauses"), dict):
        rows = _clauses
    return list(rows(event, evidence)) if rows else []


def _clauses(event: Event, evidence: dict[str, Any]) -> Iterator[Moment]:
    """One row for each clause of the rule, as deep as it stands there, and then whom and when it was about."""
    for depth, clause, sentence in clause_rows(evidence["clauses"]):
        since = clause.get("since_ms", clause.get("first_ms"))
        not_met = "" if clause.get("met") is True else _("not so, when the event began")
        yield INDENT * depth + sentence, _wall(event, since), not_met
    if tracks := _tracks(evidence.get("tracks")):
        yield tracks, _wall(event, evidence.get("at_ms")), _("in the frame in which it became known")
    if event.ended_at:
        yield _("Was over"), event.ended_at, ""


def _tracks(value: object) -> str:
    numbers = [found for each in value if (found := number(each)) is not None] if isinstance(value, list) else []
    if not numbers:
        return ""
    named = ", ".join(f"{each:.0f}" for each in numbers[:MOST_TRACKS_NAMED])
    if (more := len(numbers) - MOST_TRACKS_NAMED) > 0:
        return _("Tracks %(numbers)s and %(more)s more") % {"numbers": named, "more": more}
    return ngettext("Track %(numbers)s", "Tracks %(numbers)s", len(numbers)) % {"numbers": named}


def _presence(event: Event, evidence: dict[str, Any]) -> Iterator[Moment]:
    entered_at = _wall(event, evidence.get("entered_ms"))
    if zone := _name(evidence.get("zone", _("the area"))):
        yield _("Entered “%(zone)s”") % {"zone": zone}, entered_at, ""
    dwell = number(evidence.get("dwell_seconds"))
    if dwell:
        yield _("Had stayed %(seconds)s s, the limit of the rule") % {"seconds": f"{dwell:g}"}, event.started_at, ""
    if event.ended_at:
        seconds = number_format((event.ended_at - (entered_at or event.started_at)).total_seconds(), 1)
        yield _("Left"), event.ended_at, _("after %(seconds)s s inside") % {"seconds": seconds}


def _crossing(event: Event, evidence: dict[str, Any]) -> Iterator[Moment]:
    crossed_at = _wall(event, evidence.get("crossed_ms")) or event.started_at
    if line := _name(evidence.get("line", _("the line"))):
        crossed = _("Crossed “%(line)s”") % {"line": line}
        yield f"{crossed} {side(evidence.get('direction'))}".strip(), crossed_at, ""


def _health(event: Event, evidence: dict[str, Any]) -> Iterator[Moment]:
    whose = _("a fault of VMS, not of the camera") if evidence.get("fault") == "platform" else ""
    yield _(_name(evidence.get("reason"))) or _("The trouble began"), event.started_at, whose
    if event.ended_at:
        yield _("Well again, or switched off"), event.ended_at, ""


def _name(value: object) -> str:
    return value if isinstance(value, str) else ""


def _wall(event: Event, value: object) -> datetime | None:
    at_ms = number(value)
    zero = event.job.recording.started_at if event.job else event.stream.started_at if event.stream else None
    if zero is None or at_ms is None or not 0 <= at_ms <= LONGEST_MS:
        return None
    return zero + timedelta(milliseconds=at_ms)
