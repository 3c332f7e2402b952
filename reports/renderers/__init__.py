"""The formats a report comes in: one file each, and the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from reports.choices import ReportFormat
from reports.content import ReportContent


@dataclass(frozen=True, slots=True)
class Renderer:
    """``module`` is imported at the first use: WeasyPrint takes seconds and needs Pango, and few processes render."""

    module: str
    content_type: str

    def render(self, content: ReportContent, path: Path, beat: Callable[[], None]) -> None:
        """Writes the whole file to the path and calls ``beat`` now and then, to show that it is alive."""
        import_module(self.module).render(content, path, beat)


RENDERERS: dict[ReportFormat, Renderer] = {
    ReportFormat.PDF: Renderer("reports.renderers.pdf", "application/pdf"),
    ReportFormat.XLSX: Renderer(
        "reports.renderers.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
    ReportFormat.CSV: Renderer("reports.renderers.csv", "text/csv; charset=utf-8"),
}
