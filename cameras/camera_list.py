"""Reads a list of cameras from CSV as spreadsheets write it: any usual encoding, comma, semicolon or tab."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from vms.errors import InvalidError

COLUMNS = ("site", "name", "url", "clip_url", "user", "password", "detect_fps", "priority", "enabled")
NEEDED = ("site", "name")
MOST_LINES = 10_000
MOST_BYTES = 4 * 2**20
EXAMPLE = (
    ",".join(COLUMNS) + "\r\n"
    "Harbour,Gate,rtsp://10.0.0.5/stream2,rtsp://10.0.0.5/stream1,viewer,change-me,5,high,yes\r\n"
    'Harbour,"Quay, north",http://10.0.0.6/mjpeg,,,,2,normal,yes\r\n'
    "Harbour,Uploads from the ferry,,,,,5,low,yes\r\n"
)


@dataclass(frozen=True, slots=True)
class ListedCamera:
    """One line: ``values`` by column, stripped of blanks; not shown, since they hold passwords."""

    number: int
    values: dict[str, str]
    problem: str = ""

    def __repr__(self) -> str:
        return f"ListedCamera({self.number})"


def cameras_listed(data: bytes) -> list[ListedCamera]:
    """The lines of a list, without the header and empty ones.

    Raises:
        InvalidError: it is no such list as a whole.
    """
    if len(data) > MOST_BYTES:
        raise InvalidError(_("The list is larger than %(most_bytes)s MiB.") % {"most_bytes": MOST_BYTES // 2**20})
    text = _text(data)
    rows = _rows(text, _delimiter(text))
    header = _header(next(rows, (0, [], ""))[1])
    listed: list[ListedCamera] = []
    for number, cells, problem in rows:
        if len(listed) == MOST_LINES:
            raise InvalidError(
                _("The list has more than %(most_lines)s cameras. Split it.") % {"most_lines": MOST_LINES}
            )
        if problem or any(cells):
            listed.append(_listed(number, header, cells, problem))
    if not listed:
        raise InvalidError(_("The list names no camera: there is nothing below its first line."))
    return listed


def _text(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or what Windows wrote before."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InvalidError(_("The file is no text: save the list as CSV (UTF-8)."))


def _delimiter(text: str) -> str:
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(",;\t", key=first.count)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Number of its first line, cells, and what is wrong with the line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, [], _("The line cannot be read: look for a quotation mark too many, or a missing one.")
            continue
        yield number, [cell.strip() for cell in cells], ""


def _header(cells: list[str]) -> list[str]:
    names = [cell.lower() for cell in cells]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise InvalidError(
            _("The first line must name the columns. Missing: %(value)s.") % {"value": ", ".join(missing)}
        )
    for name in names:
        if name and name not in COLUMNS:
            raise InvalidError(
                _("There is no column “%(name)s”. The columns are: %(value)s.")
                % {"name": name[:40], "value": ", ".join(COLUMNS)}
            )
        if name and names.count(name) > 1:
            raise InvalidError(_("The column “%(name)s” is there twice.") % {"name": name})
    return names


def _listed(number: int, header: list[str], cells: list[str], problem: str) -> ListedCamera:
    if not problem and any(cells[len(header) :]):
        problem = _("The line has %(cells)s cells, the first line %(header)s.") % {
            "cells": len(cells),
            "header": len(header),
        }
    values = {name: cell for name, cell in zip(header, cells, strict=False) if name}
    return ListedCamera(number, {column: values.get(column, "") for column in COLUMNS}, problem)
