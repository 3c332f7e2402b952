"""Bar charts as SVG for print: numbers stand on the bars, and a sentence says them to who cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reports.periods import Bar

BAR, AXIS, TEXT, QUIET = "#1d4ed8", "#cbd5e1", "#0f172a", "#64748b"
FONT_SIZE = 9
LABEL_ROOM, NUMBER_ROOM = 16, 14
GAP_SHARE = 0.25
NUMBER_WIDTH_EACH = 5.8
LABEL_WIDTH_EACH = 5.5


@dataclass(frozen=True, slots=True)
class ChartSize:
    """In the SVG's own units: about points."""

    width: int = 680
    height: int = 150


def column_chart(bars: Sequence[Bar], *, identifier: str, title: str, size: ChartSize | None = None) -> SafeString:
    """A column for each bar. ``identifier`` must be the chart's own on its page: the title is found by it."""
    size = size or ChartSize()
    step = size.width / max(len(bars), 1)
    most = max((bar.events for bar in bars), default=0)
    room = size.height - LABEL_ROOM - NUMBER_ROOM
    tallest = max(range(len(bars)), key=lambda index: bars[index].events, default=0)
    columns = [
        _column(bar, index, step, room * bar.events / most if most else 0, size, is_tallest=index == tallest)
        for index, bar in enumerate(bars)
    ]
    return format_html(
        '<svg class="chart" role="img" aria-labelledby="{id}-title {id}-desc" viewBox="0 0 {width} {height}" '
        'width="{width}" height="{height}" font-size="{font}" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{id}-title">{title}</title><desc id="{id}-desc">{sentence}</desc>{columns}'
        '<line class="chart-axis" x1="0" x2="{width}" y1="{axis}" y2="{axis}" stroke="{axis_colour}"/>{labels}</svg>',
        id=identifier,
        width=size.width,
        height=size.height,
        font=FONT_SIZE,
        title=title,
        sentence=chart_sentence(bars),
        columns=format_html_join("", "{}", ((column,) for column in columns)),
        axis=size.height - LABEL_ROOM,
        axis_colour=AXIS,
        labels=_labels(bars, step, size),
    )


def chart_sentence(bars: Sequence[Bar]) -> str:
    """The same numbers in words; bars without events are left out."""
    counted = [f"{bar.name}: {bar.events}" for bar in bars if bar.events]
    return "; ".join(counted) + "." if counted else _("No events.")


def share_bar(share: float, *, width: int = 120, height: int = 8) -> SafeString:
    """A bar beside a number that a table shows already, so it is hidden from who listens."""
    return format_html(
        '<svg class="share" aria-hidden="true" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'xmlns="http://www.w3.org/2000/svg"><rect class="share-back" width="{width}" height="{height}" rx="2" '
        'fill="{back}"/><rect class="chart-bar" width="{filled}" height="{height}" rx="2" fill="{bar}"/></svg>',
        width=width,
        height=height,
        filled=f"{min(max(share, 0), 1) * width:.1f}",
        back="#e2e8f0",
        bar=BAR,
    )


def _column(bar: Bar, index: int, step: float, height: float, size: ChartSize, *, is_tallest: bool) -> SafeString:
    if not bar.events:
        return SafeString("")
    foot = size.height - LABEL_ROOM
    tall = max(height, 1)
    return format_html(
        '<g><title>{name}: {events}</title><rect class="chart-bar" x="{x}" y="{y}" width="{width}" height="{tall}" '
        'rx="1.5" fill="{bar}"/>{number}</g>',
        name=bar.name,
        events=bar.events,
        x=f"{step * (index + GAP_SHARE / 2):.2f}",
        y=f"{foot - tall:.2f}",
        width=f"{step * (1 - GAP_SHARE):.2f}",
        tall=f"{tall:.2f}",
        bar=BAR,
        number=_number(bar, step * (index + 0.5), foot - tall - 3, step, is_tallest=is_tallest),
    )


def _number(bar: Bar, x: float, y: float, step: float, *, is_tallest: bool) -> SafeString:
    """Left out where it would run into its neighbour, but on the tallest; the title and the sentence have it."""
    if len(str(bar.events)) * NUMBER_WIDTH_EACH > step and not is_tallest:
        return SafeString("")
    return format_html(
        '<text class="chart-number" x="{}" y="{}" text-anchor="middle" fill="{}">{}</text>',
        f"{x:.2f}",
        f"{y:.2f}",
        TEXT,
        bar.events,
    )


def _labels(bars: Sequence[Bar], step: float, size: ChartSize) -> SafeString:
    """Every label, or every second, third ... where they are too many to stand side by side."""
    widest = max((len(bar.label) for bar in bars), default=1) * LABEL_WIDTH_EACH + 4
    every = max(1, -int(-widest // step))
    return format_html_join(
        "",
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle" fill="{}">{}</text>',
        (
            (f"{step * (index + 0.5):.2f}", size.height - 4, QUIET, bar.label)
            for index, bar in enumerate(bars)
            if index % every == 0
        ),
    )
