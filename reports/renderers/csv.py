"""The list of events as CSV: UTF-8 with a mark, so that Excel reads it as such."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext

from reports.content import ReportContent
from reports.renderers.columns import EVENT_COLUMNS, Cell, event_cells

BEAT_EVERY_ROWS = 5_000


def render(content: ReportContent, path: Path, beat: Callable[[], None]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(gettext(name) for name, _width in EVENT_COLUMNS)
        for number, row in enumerate(content.all_events()):
            writer.writerow(_text(cell) for cell in event_cells(row, content.heading))
            if number % BEAT_EVERY_ROWS == 0:
                beat()


def _text(cell: Cell) -> str | float | None:
    """Times carry their offset: the hour that comes twice in autumn stays clear."""
    return cell.isoformat(sep=" ", timespec="seconds") if isinstance(cell, datetime) else cell
