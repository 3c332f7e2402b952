"""The last 24 hours of a camera as a strip: minutes from left to right, each gap with its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from cameras.choices import CoverageState
from cameras.coverage import MINUTE, Span, Stretch
from cameras.services.conditions import reason_words

HOURS = 24
WIDTH, HEIGHT = HOURS * 60, 60
TICK_HOURS = 6
EDGE_MINUTES = 60
"""A tick nearer to an end would lose its words."""
LEAST_WIDTH = 3
"""A lost minute of a day must still be seen."""
LABELS = dict(CoverageState.choices)


@dataclass(frozen=True, slots=True)
class StripPart:
    x: float
    width: float
    kind: str
    """``analysed``, ``degraded``, ``blind`` or ``off``."""
    words: str

    @property
    def is_gap(self) -> bool:
        return self.kind != "analysed"


@dataclass(frozen=True, slots=True)
class StripTick:
    percent: float
    words: str


def strip_period(now: datetime) -> tuple[datetime, datetime]:
    end = now.replace(second=0, microsecond=0)
    return end - timedelta(hours=HOURS), end


def strip_parts(spans: Sequence[Span], start: datetime, zone: ZoneInfo) -> list[StripPart]:
    """Gaps come last, so that a short one lies over what is around it."""
    parts = [_part(span, start, zone) for span in spans]
    return sorted(parts, key=lambda part: part.is_gap)


def strip_paths(stretches: Iterable[Stretch]) -> dict[str, str]:
    """The same without words, for lists of many cameras: by kind, the outline of all its parts as SVG has it."""
    paths: dict[str, str] = {}
    for kind, x, length in sorted(stretches, key=lambda stretch: stretch.kind != CoverageState.ANALYSED):
        width = _drawn(kind, x, length)
        paths[kind] = f"{paths.get(kind, '')}M{x:.1f} 0h{width:.1f}v{HEIGHT}h-{width:.1f}z"
    return paths


def _part(span: Span, start: datetime, zone: ZoneInfo) -> StripPart:
    x, length = (span.started_at - start) / MINUTE, (span.ended_at - span.started_at) / MINUTE
    kind = "off" if span.is_off else span.state
    return StripPart(x, _drawn(kind, x, length), kind, span_words(span, zone))


def _drawn(kind: str, x: float, length: float) -> float:
    """How wide."""
    return length if kind == CoverageState.ANALYSED else min(max(length, LEAST_WIDTH), WIDTH - x)


def span_words(span: Span, zone: ZoneInfo) -> str:
    """``Blind 14:03 to 14:09 (6 min): It does not answer at its address``."""
    begin, end = span.started_at.astimezone(zone), span.ended_at.astimezone(zone)
    lasted = f"{span.minutes} min" if span.minutes < 60 else f"{span.minutes // 60} h {span.minutes % 60:02d} min"
    label = _("Not watched") if span.is_off else LABELS[CoverageState(span.state)]
    reason = f": {reason_words(span.reason)}" if span.reason else ""
    return _("%(label)s %(begin)s to %(end)s (%(lasted)s)%(reason)s") % {
        "label": label,
        "begin": begin.isoformat()[11:16],
        "end": end.isoformat()[11:16],
        "lasted": lasted,
        "reason": reason,
    }


def strip_ticks(start: datetime, zone: ZoneInfo) -> list[StripTick]:
    """The full hours of the site's clock that six divides."""
    # Counted on UTC: on the day of a clock change the clock on the wall skips or repeats an hour.
    hour = start.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    hours = [hour + timedelta(hours=step) for step in range(1, HOURS + 1)]
    found = [((moment - start) / MINUTE, moment.astimezone(zone)) for moment in hours]
    return [
        StripTick(minutes / WIDTH * 100, f"{moment:%H:%M}")
        for minutes, moment in found
        if moment.hour % TICK_HOURS == 0 and EDGE_MINUTES <= minutes <= WIDTH - EDGE_MINUTES
    ]
