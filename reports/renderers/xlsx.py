"""The report as an Excel workbook: real dates and numbers, and a list of events that can be filtered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from reports.content import Counts, Group, ReportContent
from reports.renderers.columns import EVENT_COLUMNS, Cell, event_cells
from vms.spreadsheet_text import safe_text

MAX_EVENT_ROWS = 1_000_000  # Excel ends at 1 048 576 rows
BEAT_EVERY_ROWS = 2_000
HEADER_FONT = Font(bold=True, color="FFFFFF")
HEADER_FILL = PatternFill("solid", fgColor="1E293B")
TITLE_FONT = Font(bold=True, size=16)
BOLD = Font(bold=True)
DATE_FORMAT = "yyyy-mm-dd hh:mm:ss"
PERCENT_FORMAT = "0.0%"

Columns = Sequence[tuple[str, int]]
COUNT_COLUMNS: Columns = (
    (_("Events"), 10),
    (_("Share of all"), 13),
    (_("True"), 10),
    (_("False alarms"), 13),
    (_("Not reviewed"), 13),
    (_("False of reviewed"), 18),
)


def render(content: ReportContent, path: Path, beat: Callable[[], None]) -> None:
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = content.heading.title, content.heading.requested_by
    _summary(book.create_sheet(gettext("Summary")), content)
    _groups(
        book.create_sheet(gettext("By camera")),
        ((_("Camera"), 28), (_("Site"), 22)),
        content.cameras,
        content.total,
    )
    _groups(book.create_sheet(gettext("By rule")), ((_("Rule"), 32),), content.rules, content.total)
    _table(
        book.create_sheet(gettext("By hour")),
        ((_("Hour"), 16), (_("Events"), 10)),
        [(bar.name, bar.events) for bar in content.hours],
    )
    _events(book.create_sheet(gettext("Events")), content, beat)
    book.save(path)


def _summary(sheet: WriteOnlyWorksheet, content: ReportContent) -> None:
    heading, total = content.heading, content.total
    _widths(sheet, (30, 60))
    sheet.append([_styled(sheet, safe_text(heading.title), TITLE_FONT)])
    sheet.append([])
    facts: list[tuple[str, Cell]] = [
        (gettext("From"), heading.local(heading.period_start)),
        (gettext("Until (not included)"), heading.local(heading.period_end)),
        (gettext("Time zone"), heading.zone_name),
        (gettext("Covers"), safe_text(heading.scope)),
        (gettext("Asked for by"), safe_text(heading.requested_by)),
        (gettext("Put together"), heading.local(heading.built_at)),
        (gettext("Events"), total.events),
        *((f"… {severity.label.lower()}", severity.events) for severity in content.severities),
        (gettext("Reviewed: true"), total.true),
        (gettext("Reviewed: false alarm"), total.false),
        (gettext("Not reviewed"), total.unreviewed),
    ]
    for name, value in facts:
        sheet.append([_styled(sheet, name, BOLD), _cell(sheet, value)])
    if not total.events:
        sheet.append([])
        sheet.append([gettext("There were no events in this period.")])


def _groups(sheet: WriteOnlyWorksheet, names: Columns, groups: Sequence[Group], total: Counts) -> None:
    rows = (
        (safe_text(group.name), safe_text(group.place))[: len(names)] + _count_cells(group.counts, total)
        for group in groups
    )
    _table(sheet, (*names, *COUNT_COLUMNS), rows, percent_columns={len(names) + 1, len(names) + 5})


def _count_cells(counts: Counts, total: Counts) -> tuple[Cell, ...]:
    share = counts.events / total.events if total.events else None
    return (counts.events, share, counts.true, counts.false, counts.unreviewed, counts.false_share)


def _events(sheet: WriteOnlyWorksheet, content: ReportContent, beat: Callable[[], None]) -> None:
    def rows() -> Iterable[tuple[Cell, ...]]:
        for number, row in enumerate(islice(content.all_events(), MAX_EVENT_ROWS)):
            if number % BEAT_EVERY_ROWS == 0:
                beat()
            yield event_cells(row, content.heading)

    _table(sheet, EVENT_COLUMNS, rows())
    last = get_column_letter(len(EVENT_COLUMNS))
    sheet.auto_filter.ref = f"A1:{last}{min(content.total.events, MAX_EVENT_ROWS) + 1}"


def _table(
    sheet: WriteOnlyWorksheet,
    columns: Columns,
    rows: Iterable[Sequence[Cell]],
    *,
    percent_columns: frozenset[int] | set[int] = frozenset(),
) -> None:
    """A header that stays in sight, and the rows. Widths and panes must be set before the first row is written."""
    _widths(sheet, [width for _name, width in columns])
    sheet.freeze_panes = "A2"
    header = [_styled(sheet, gettext(name), HEADER_FONT) for name, _width in columns]
    for cell in header:
        cell.fill, cell.alignment = HEADER_FILL, Alignment(vertical="center")
    sheet.append(header)
    for row in rows:
        sheet.append([_cell(sheet, value, percent=index in percent_columns) for index, value in enumerate(row)])


def _widths(sheet: WriteOnlyWorksheet, widths: Sequence[int]) -> None:
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width


def _styled(sheet: WriteOnlyWorksheet, text: str, font: Font) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = font
    return cell


def _cell(sheet: WriteOnlyWorksheet, value: Cell, *, percent: bool = False) -> WriteOnlyCell | Cell:
    """Excel knows no time zones: the zone's own wall time, which the summary names."""
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=value.replace(tzinfo=None, microsecond=0))
        cell.number_format = DATE_FORMAT
        return cell
    if percent and value is not None:
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = PERCENT_FORMAT
        return cell
    return value
