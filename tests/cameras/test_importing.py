"""Lists of cameras: judged line by line, then written as a whole, in part, or not at all."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cameras.camera_list import COLUMNS, EXAMPLE, cameras_listed
from cameras.models import Camera, Site
from cameras.services.importing import ImportChoices, ImportReport, Outcome, cameras_import
from tests.api.clients import client_of
from tests.cameras.world import make_camera, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ForbiddenError, InvalidError

pytestmark = pytest.mark.django_db
HEADER = "site,name,url,user,password\n"
GATE = "Harbour,Gate,rtsp://10.0.0.5/x,guard,hunter2\n"
APPLY = ImportChoices(dry_run=False)


@pytest.fixture
def admin() -> User:
    Site.objects.create(name="Harbour")
    return make_user("ada", role=Role.ADMIN)


def bring(admin: User, text: str | bytes, choices: ImportChoices = APPLY) -> ImportReport:
    data = text if isinstance(text, bytes) else text.encode()
    return cameras_import(user=admin, data=data, choices=choices)


def problems(report: ImportReport) -> dict[int, str]:
    return {line.line: " ".join(line.problems) for line in report.lines if line.problems}


def test_the_example_can_be_imported(admin: User) -> None:
    report = bring(admin, "\ufeff" + EXAMPLE)

    assert report.applied and report.counts == {"create": 3, "update": 0, "skip": 0, "wrong": 0}
    gate = Camera.objects.get(name="Gate")
    assert gate.url == "rtsp://viewer:change-me@10.0.0.5/stream2"
    assert gate.clip_url == "rtsp://viewer:change-me@10.0.0.5/stream1"
    assert (gate.source_kind, gate.detect_fps, gate.priority, gate.enabled) == ("rtsp", 5, "high", True)
    kinds = dict(Camera.objects.values_list("name", "source_kind"))
    assert kinds == {"Gate": "rtsp", "Quay, north": "http", "Uploads from the ferry": "upload"}


def test_a_dry_run_writes_nothing_and_says_the_same(admin: User) -> None:
    dry = bring(admin, HEADER + GATE, ImportChoices(dry_run=True))

    assert not dry.applied and not Camera.objects.exists() and not AuditEntry.objects.exists()
    assert bring(admin, HEADER + GATE).counts == dry.counts


def test_one_wrong_line_keeps_everything_out(admin: User) -> None:
    report = bring(admin, HEADER + GATE + "Harbour,Quay,ftp://10.0.0.6/,,\n")

    assert not report.applied and not Camera.objects.exists()
    assert list(problems(report)) == [3]


def test_good_lines_are_taken_alone_where_that_is_chosen(admin: User) -> None:
    report = bring(admin, HEADER + "Nowhere,Quay,,,\n" + GATE, ImportChoices(good_lines_only=True, dry_run=False))

    assert report.applied and [camera.name for camera in Camera.objects.all()] == ["Gate"]
    assert problems(report) == {2: "There is no site of this name: add it first, or correct the name."}


def test_an_address_outside_the_networks_of_cameras_is_taken_with_a_warning(admin: User) -> None:
    far = "Harbour,Far,rtsp://8.8.8.8/x,,\nHarbour,Named,rtsp://camera.example/x,,\n"
    mapped = "Harbour,Mapped,rtsp://[::ffff:10.0.0.6]/x,,\n"
    report = bring(admin, HEADER + GATE + far + mapped)

    assert [line.outcome for line in report.lines] == [Outcome.CREATE] * 4
    warned = {line.name: line.warnings for line in report.lines if line.warnings}
    assert list(warned) == ["Far"]
    assert warned["Far"][0].startswith("8.8.8.8 is outside the networks")


def test_the_same_camera_is_changed_and_keeps_what_its_line_leaves_empty(admin: User) -> None:
    bring(admin, HEADER + GATE)
    report = bring(admin, 'name,site,detect_fps,enabled\nGate,Harbour,"2,5",no\n')

    camera = Camera.objects.get()
    assert (camera.url, camera.detect_fps, camera.enabled) == ("rtsp://guard:hunter2@10.0.0.5/x", 2.5, False)
    assert (report.lines[0].outcome, report.lines[0].kept) == (Outcome.UPDATE, ["url is kept"])


def test_the_same_camera_is_left_alone_where_that_is_chosen(admin: User) -> None:
    bring(admin, HEADER + GATE)
    report = bring(admin, HEADER + "Harbour,Gate,rtsp://10.9.9.9/,,\n", ImportChoices(False, dry_run=False))

    assert report.lines[0].outcome is Outcome.SKIP
    assert "10.0.0.5" in Camera.objects.get().url


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Harbour,,rtsp://10.0.0.5/x,,", "cannot be blank"),
        ("Harbour,Gate,10.0.0.5,,", "must start with rtsp://"),
        ("Harbour,Gate,rtsp://0x7f.1/,,", "neither a name nor an IP address"),
        ("Harbour,Gate,,guard,hunter2", "A login without an address"),
        ("Harbour,Gate,,,,,7", "The line has 7 cells"),
        ('Harbour,"Gate"x,,,', "quotation mark"),
        ("Harbour," + "x" * 65 + ",,,", "at most 64 characters"),
        ("Harbour,Ga\x07te,,,", "control"),
    ],
)
def test_each_fault_of_a_line_is_said_with_its_number(admin: User, line: str, words: str) -> None:
    report = bring(admin, HEADER + GATE.replace("Gate", "Other") + line + "\n")

    assert words in problems(report)[3]
    assert "hunter2" not in repr(report)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("detect_fps", "fast", "no number"),
        ("detect_fps", "99", "less than or equal to 30"),
        ("detect_fps", "nan", "no number"),
        ("priority", "urgent", "one of low, normal, high"),
        ("enabled", "perhaps", "yes or no"),
    ],
)
def test_values_that_make_no_sense_are_wrong(admin: User, column: str, value: str, words: str) -> None:
    report = bring(admin, f"site,name,{column}\nHarbour,Gate,{value}\n")

    assert words in problems(report)[2]


def test_everything_that_is_wrong_with_a_line_is_said_at_once(admin: User) -> None:
    report = bring(admin, "site,name,url,detect_fps,enabled\nHarbour,Gate,rtsp://0x7f.1/,fast,perhaps\n")

    assert len(report.lines[0].problems) == 3


def test_a_wrong_value_is_complained_about_once(admin: User) -> None:
    report = bring(admin, "site,name,priority\nHarbour,Gate,urgent\n")

    assert report.lines[0].problems == ["priority must be one of low, normal, high."]


def test_two_lines_for_one_camera_are_wrong(admin: User) -> None:
    assert problems(bring(admin, HEADER + GATE + GATE)) == {3: "Line 2 names the same camera."}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_lists_are_read_as_spreadsheets_write_them(admin: User, encoding: str, delimiter: str) -> None:
    text = "Site,Name\r\n\r\nHarbour,Zufahrt Süd\r\n".replace(",", delimiter)

    assert bring(admin, text.encode(encoding)).applied
    assert Camera.objects.get().name == "Zufahrt Süd"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"site,name\n",
        b"name\nGate\n",
        b"site,name,colour\nHarbour,Gate,red\n",
        b"site,name,name\nHarbour,Gate,Gate\n",
        b"PK\x03\x04\x00\x00",
        b"\xff\xfe\x00",
        b"site,name\n" + b"Harbour,Gate\n" * 10_001,
        b"site,name\n" + b" " * (4 * 2**20),
    ],
)
def test_what_is_no_list_of_cameras_is_refused_as_a_whole(admin: User, data: bytes) -> None:
    with pytest.raises(InvalidError):
        bring(admin, data)


def test_line_numbers_are_those_of_the_file_also_after_a_cell_of_two_lines() -> None:
    listed = cameras_listed(b'site,name\n"Har\nbour",Gate\n\nHarbour,Quay\n')

    assert [line.number for line in listed] == [2, 5]


def test_formulas_and_markup_are_only_text(admin: User, client: Client) -> None:
    name = "=HYPERLINK(1)<script>alert(1)</script>"
    client.force_login(admin)
    file = SimpleUploadedFile("list.csv", f"site,name\nHarbour,{name}\n".encode())
    page = client.post("/cameras/import/", {"file": file, "existing": "update", "faulty": "nothing"}).content.decode()

    assert "<script>alert" not in page and "=HYPERLINK(1)&lt;script&gt;" in page


def test_every_camera_and_the_import_are_recorded_without_addresses(admin: User) -> None:
    bring(admin, HEADER + GATE)

    entries = list(AuditEntry.objects.order_by("id"))
    assert [entry.action for entry in entries] == ["camera.created", "cameras.imported"]
    assert entries[1].detail == {"create": 1, "update": 0, "skip": 0, "wrong": 0}
    assert "10.0.0.5" not in str([entry.detail for entry in entries])


def test_only_admins_import() -> None:
    with pytest.raises(ForbiddenError):
        bring(make_user("sue", role=Role.SUPERVISOR), HEADER + GATE)


def test_the_page_judges_first_and_writes_what_it_showed(admin: User, client: Client) -> None:
    client.force_login(admin)
    file = SimpleUploadedFile("list.csv", (HEADER + GATE).encode())
    page = client.post("/cameras/import/", {"file": file, "existing": "update", "faulty": "nothing"})
    kept = page.context["kept"]

    assert not Camera.objects.exists()
    assert "hunter2" not in page.content.decode() and "10.0.0.5" not in page.content.decode()
    assert "1 new" in client.post("/cameras/import/", kept).content.decode()
    assert Camera.objects.get().name == "Gate"
    assert client.post("/cameras/import/", kept).status_code == 422


def test_good_lines_are_offered_at_once_when_others_are_wrong(admin: User, client: Client) -> None:
    client.force_login(admin)
    file = SimpleUploadedFile("list.csv", (HEADER + "Nowhere,Quay,,,\n" + GATE).encode())
    page = client.post("/cameras/import/", {"file": file, "existing": "update", "faulty": "nothing"})
    assert "Nothing is imported yet." in page.content.decode()
    client.post("/cameras/import/", page.context["kept"])
    assert Camera.objects.get().name == "Gate"


def test_somebody_else_cannot_apply_the_file_that_waits(admin: User, client: Client) -> None:
    client.force_login(admin)
    file = SimpleUploadedFile("list.csv", (HEADER + GATE).encode())
    kept = client.post("/cameras/import/", {"file": file, "existing": "update", "faulty": "nothing"}).context["kept"]
    client.force_login(make_user("eve", role=Role.ADMIN))

    assert client.post("/cameras/import/", kept).status_code == 422
    assert not Camera.objects.exists()


def test_wrong_lines_stand_first_and_nothing_can_be_applied_where_none_is_good(admin: User, client: Client) -> None:
    client.force_login(admin)
    file = SimpleUploadedFile("list.csv", (HEADER + GATE + "Nowhere,Quay,,,\n").encode())
    page = client.post("/cameras/import/", {"file": file, "existing": "update", "faulty": "nothing"})
    assert [line.line for line in page.context["lines"]] == [3, 2]

    file = SimpleUploadedFile("list.csv", (HEADER + "Nowhere,Quay,,,\n").encode())
    page = client.post("/cameras/import/", {"file": file, "existing": "update", "faulty": "nothing"})
    assert page.context["kept"] is None


def test_the_example_can_be_downloaded_by_admins(admin: User, client: Client) -> None:
    client.force_login(admin)
    text = client.get("/cameras/import/example.csv").content.decode("utf-8-sig")
    assert text.splitlines()[0].split(",") == list(COLUMNS)
    client.force_login(make_user("sue", role=Role.SUPERVISOR))
    assert client.get("/cameras/import/example.csv").status_code == client.get("/cameras/import/").status_code == 403


def test_the_api_writes_only_when_told_to(admin: User) -> None:
    def send(**more: str) -> dict[str, object]:
        file = SimpleUploadedFile("list.csv", (HEADER + GATE).encode())
        answer = client_of(admin).post("/api/v1/cameras/import", {"file": file, **more}, format="multipart")
        assert answer.status_code == 200, answer.content
        body: dict[str, object] = answer.json()
        return body

    dry = send()
    assert (dry["applied"], Camera.objects.count()) == (False, 0)
    done = send(dry_run="false")
    assert (done["applied"], done["lines"], Camera.objects.count()) == (True, dry["lines"], 1)


def test_a_name_that_is_taken_at_another_site_is_free_here(admin: User) -> None:
    make_camera("Gate", site="Airport")

    assert bring(admin, HEADER + GATE).applied
