"""The report as PDF: a Django template with a print style sheet of its own, set by WeasyPrint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

from reports.charts import ChartSize, column_chart, share_bar
from reports.content import Group, ReportContent

MAX_EVENT_ROWS = 200  # about 20 ms each to lay out, and nobody reads more on paper
MAX_GROUP_ROWS = 60
CHART = ChartSize(width=660, height=130)


class NothingFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """A report brings along all that it shows: no address is ever opened, whatever a name or a note holds."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        raise ValueError("A report opens no addresses.")


def render(content: ReportContent, path: Path, beat: Callable[[], None]) -> None:
    with timezone.override(content.heading.zone):
        html = render_to_string("reports/print/report.html", _context(content))
    beat()
    style = CSS(string=render_to_string("reports/print/report.css"), url_fetcher=NothingFetcher())
    document = HTML(string=html, url_fetcher=NothingFetcher())
    with path.open("wb") as file:
        document.write_pdf(file, stylesheets=[style], pdf_tags=True)


def _context(content: ReportContent) -> dict[str, object]:
    events = content.gravest_events(MAX_EVENT_ROWS)
    return {
        "content": content,
        "heading": content.heading,
        "total": content.total,
        "grave": sum(row.events for row in content.severities if row.severity in {"critical", "high"}),
        "day_chart": column_chart(content.days, identifier="days", title=_("Events by day"), size=CHART),
        "hour_chart": column_chart(content.hours, identifier="hours", title=_("Events by hour of day"), size=CHART),
        "cameras": _with_bars(content.cameras[:MAX_GROUP_ROWS]),
        "more_cameras": max(0, len(content.cameras) - MAX_GROUP_ROWS),
        "rules": _with_bars(content.rules[:MAX_GROUP_ROWS]),
        "more_rules": max(0, len(content.rules) - MAX_GROUP_ROWS),
        "events": events,
        "events_left_out": content.total.events - len(events),
    }


def _with_bars(groups: list[Group]) -> list[tuple[Group, str]]:
    most = max((group.counts.events for group in groups), default=0)
    return [(group, share_bar(group.counts.events / most if most else 0)) for group in groups]
