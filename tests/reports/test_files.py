"""The files: whole, readable, and harmless whatever the names in them hold."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from cameras.models import Camera
from events.choices import Verdict
from reports.models import Run
from reports.renderers import RENDERERS, pdf
from tests.alerts.scenes import AT, grant, make_camera, make_event, make_user
from tests.reports.requests import ask, built
from vms.accounts.models import User
from vms.spreadsheet_text import safe_text
from vms.storage.media import media_path

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # documents are laid out for real

FORMULA = "=cmd|'/C calc'!A0"
HOSTILE = [FORMULA, "+1+1", "-2+3", "@SUM(1)", "<script>alert(1)</script>", "שער מערבי", "Hall 🎥", "x" * 64]


@pytest.fixture
def user() -> User:
    return make_user()


def path_of(run: Run, report_format: str) -> Path:
    return media_path(run.files.get(format=report_format).file_name)


def camera_for(user: User, name: str = "Gate 2") -> Camera:
    camera = make_camera(name)
    grant(user, camera)
    return camera


def pdf_text(run: Run) -> str:
    """Without the zero bytes that pypdf makes of WeasyPrint's encoding where a glyph is missing."""
    return "\n".join(page.extract_text() for page in PdfReader(path_of(run, "pdf")).pages).replace("\0", "")


def cells(book: Workbook) -> Iterator[tuple[object, str]]:
    for sheet in book:
        for row in sheet.iter_rows():
            yield from ((cell.value, cell.data_type) for cell in row)


def csv_rows(run: Run) -> list[dict[str, str]]:
    with path_of(run, "csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_format_says_the_same_total(user: User) -> None:
    camera = camera_for(user)
    for _ in range(3):
        make_event(camera)
    run = built(ask(user, formats=list(RENDERERS), title="July week"))
    assert run.event_count == 3
    assert len(csv_rows(run)) == 3
    book = load_workbook(path_of(run, "xlsx"))
    assert book.sheetnames == ["Summary", "By camera", "By rule", "By hour", "Events"]
    assert book["Events"].max_row == 4
    assert [cell.value for cell in book["By camera"][2]][:3] == ["Gate 2", "Harbour", 3]
    text = pdf_text(run)
    assert "July week" in text
    assert "13 July 2026 to 19 July 2026" in text
    assert "Europe/Berlin" in text
    assert "1 / " in text


def test_names_that_are_formulas_stay_text_in_every_spreadsheet(user: User) -> None:
    for name in HOSTILE:
        make_event(camera_for(user, name), message=name, verdict_note=f"\t{name}", verdict=Verdict.TRUE)
    run = built(ask(user, formats=["xlsx", "csv"], title=FORMULA))
    for value, kind in cells(load_workbook(path_of(run, "xlsx"))):
        assert kind != "f"
        assert not (isinstance(value, str) and value[:1] in set("=+-@\t\r"))
    for row in csv_rows(run):
        assert not any(value[:1] in set("=+-@\t\r") for value in row.values())


def test_hostile_names_are_words_in_the_pdf(user: User) -> None:
    for name in HOSTILE:
        make_event(camera_for(user, name), message=f"{name} {'y' * 500}"[:500])
    run = built(ask(user, formats=["pdf"], title="<b>July</b> <img src=file:///etc/passwd>"))
    text = pdf_text(run)
    assert "<script>alert(1)</script>" in text.replace("\n", "")
    assert "<b>July</b>" in text
    assert FORMULA in text


def test_the_pdf_opens_no_address() -> None:
    with pytest.raises(ValueError, match="no addresses"):
        pdf.NothingFetcher().fetch("file:///etc/passwd")


def test_the_pdf_cuts_its_list_and_says_so(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_EVENT_ROWS", 2)
    camera = camera_for(user)
    for _ in range(5):
        make_event(camera)
    run = built(ask(user, formats=["pdf"]))
    assert "The 2 gravest of 5 events" in pdf_text(run).replace("\n", " ")


def test_without_events_every_file_says_so(user: User) -> None:
    camera_for(user)
    run = built(ask(user, formats=list(RENDERERS)))
    assert "There were no events in this period." in pdf_text(run).replace("\n", " ")
    values = [value for value, _ in cells(load_workbook(path_of(run, "xlsx")))]
    assert "There were no events in this period." in values
    assert csv_rows(run) == []


def test_the_pdf_says_who_it_is_for_and_can_be_read_aloud(user: User) -> None:
    make_event(camera_for(user))
    user.first_name, user.last_name = "Olga", "Berg"
    user.save()
    run = built(ask(user, formats=["pdf"], title="July week"))
    document = PdfReader(path_of(run, "pdf"))
    assert document.metadata is not None
    assert (document.metadata.title, document.metadata.author) == ("July week", "Olga Berg")
    assert "/StructTreeRoot" in document.root_object
    assert "for Olga Berg" in document.pages[0].extract_text().replace("\n", " ")


def test_excel_gets_real_dates_and_numbers_in_local_time(user: User) -> None:
    make_event(camera_for(user))
    sheet = load_workbook(path_of(built(ask(user, formats=["xlsx"])), "xlsx"))["Events"]
    assert sheet["A2"].value == datetime(2026, 7, 14, 14, 3)  # noqa: DTZ001  Excel knows no zones
    assert sheet["I2"].value == 0.8
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:M2"
    assert sheet.column_dimensions["J"].width == 48


def test_csv_begins_with_the_mark_and_its_times_carry_their_offset(user: User) -> None:
    event = make_event(camera_for(user), verdict=Verdict.FALSE, verdict_note='Only, "the" cat\n')
    run = built(ask(user))
    assert path_of(run, "csv").read_bytes().startswith(b"\xef\xbb\xbf")
    (row,) = csv_rows(run)
    assert row["Start"] == "2026-07-14 14:03:00+02:00"
    assert row["Verdict"] == "False alarm"
    assert row["Note"] == 'Only, "the" cat '
    assert row["Link"].endswith(f"/events/{event.id}/")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("\t=1", "' =1"),
        ("\x01=1+1", "' =1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("-5", "'-5"),
        ("a=b", "a=b"),
        ("", ""),
        ("bell\x07", "bell "),
        ("שלום 🎥", "שלום 🎥"),
    ],
)
def test_text_is_made_safe(text: str, safe: str) -> None:
    assert safe_text(text) == safe


def test_an_event_that_goes_on_has_no_end(user: User) -> None:
    make_event(camera_for(user), at=AT)
    (row,) = csv_rows(built(ask(user)))
    assert (row["End"], row["Seconds"]) == ("", "")
