"""The formats a report comes in: one file each, and the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reports.choices import ReportFormat
from reports.content import ReportContent
from reports.renderers import csv, pdf, xlsx


@dataclass(frozen=True, slots=True)
class Renderer:
    """``render`` writes the whole file to the path and calls ``beat`` now and then, to show that it is alive."""

    render: Callable[[ReportContent, Path, Callable[[], None]], None]
    content_type: str


RENDERERS: dict[ReportFormat, Renderer] = {
    ReportFormat.PDF: Renderer(pdf.render, "application/pdf"),
    ReportFormat.XLSX: Renderer(xlsx.render, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ReportFormat.CSV: Renderer(csv.render, "text/csv; charset=utf-8"),
}
