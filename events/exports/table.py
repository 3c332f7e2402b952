"""The table of an export: a row for each event, in text that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from events.models import Event
from vms.spreadsheet_text import safe_text

COLUMNS = (
    *(
        _("Start"),
        _("End"),
        _("Seconds"),
        _("Site"),
        _("Camera"),
        _("Rule"),
        _("Severity"),
        _("Seen"),
        _("Confidence"),
        _("What happened"),
    ),
    *(_("Verdict"), _("Note"), _("Reviewed by"), _("Clip"), _("Snapshot"), _("Event"), _("Link")),
)
EXCEL_MARK = "\ufeff"


def table_text(rows: Iterable[tuple[Event, str, str]]) -> str:
    """``rows``: each event with the paths of its clip and its picture; empty where there is none."""
    text = io.StringIO()
    text.write(EXCEL_MARK)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for event, clip, picture in rows:
        writer.writerow(_cells(event, clip, picture))
    return text.getvalue()


def _cells(event: Event, clip: str, picture: str) -> list[object]:
    """Times on the site's clock, with their offset."""
    zone = ZoneInfo(event.camera.site.time_zone)
    start, end = (at.astimezone(zone) if at else None for at in (event.started_at, event.ended_at))
    return [
        start.isoformat(sep=" ", timespec="milliseconds") if start else "",
        end.isoformat(sep=" ", timespec="milliseconds") if end else "",
        round((end - start).total_seconds(), 1) if start and end else "",
        safe_text(event.camera.site.name),
        safe_text(event.camera.name),
        safe_text(event.rule.name),
        event.get_severity_display(),
        safe_text(event.class_name),
        round(event.confidence, 3),
        safe_text(event.message),
        event.get_verdict_display(),
        safe_text(event.verdict_note),
        safe_text(event.reviewed_by.get_username() if event.reviewed_by else ""),
        clip,
        picture,
        str(event.id),
        f"{settings.BASE_URL}/events/{event.id}/",
    ]
