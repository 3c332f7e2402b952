"""Chosen events as one file: what is in it, how large it may be, who gets it, and for how long."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from cameras.models import Camera
from events.exports.building import export_build, exports_give_up
from events.exports.retention import exports_expire
from events.exports.services import export_delete, export_request, export_retry
from events.models import Clip, Event, Export
from tests.pages.rows import camera_make, event_make, user_make
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ConflictError, DomainError, InvalidError, NotFoundError, TooLargeError
from vms.storage.media import media_path, media_write
from vms.work_leases import MAX_ATTEMPTS

pytestmark = pytest.mark.django_db
FILM, PICTURE = b"film" * 1000, b"picture"


@pytest.fixture
def gate() -> Camera:
    return camera_make("Main gate", time_zone="Europe/Berlin")


@pytest.fixture
def guard(gate: Camera) -> User:
    return user_make("guard", gate)


def filmed(camera: Camera, message: str = "Person in the yard", *, film: bytes = FILM) -> Event:
    event = event_make(camera, message, state="ended", ended_at=timezone.now() + timedelta(seconds=3))
    names = {"video_name": f"clips/{event.id}.mp4", "snapshot_name": f"clips/{event.id}.jpg"}
    sha256 = hashlib.sha256(FILM).hexdigest()
    Clip.objects.create(event=event, video_bytes=len(film), video_sha256=sha256, **names)
    media_write(names["video_name"], [film])
    media_write(names["snapshot_name"], [PICTURE])
    return event


def built(user: User, *events: Event) -> Export:
    export = export_request(user=user, event_ids=[event.id for event in events])
    export_build(export_id=export.id)
    export.refresh_from_db()
    return export


def contents(export: Export) -> dict[str, bytes]:
    with zipfile.ZipFile(media_path(export.file_name)) as archive:
        assert archive.testzip() is None
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def test_the_file_holds_clips_pictures_a_table_and_a_manifest_of_all_of_them(guard: User, gate: Camera) -> None:
    event, bare = filmed(gate), event_make(gate)
    export = built(guard, event, bare)
    files = contents(export)
    manifest = json.loads(files["manifest.json"])
    told = {file["path"]: file["sha256"] for file in manifest["files"]}
    assert told == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name not in ("manifest.json", "SHA256SUMS")
    }
    assert sorted(name.split("/")[0] for name in files) == [
        "SHA256SUMS",
        "clips",
        "events.csv",
        "manifest.json",
        "snapshots",
    ]
    assert next(data for name, data in files.items() if name.startswith("clips/")) == FILM
    assert {"event": str(bare.id), "what": "clips"} in manifest["missing"]
    assert (export.state, export.event_count, export.progress_percent) == ("done", 2, 100)
    assert export.sha256 == hashlib.sha256(media_path(export.file_name).read_bytes()).hexdigest()


def test_the_checksums_cover_the_manifest_too(guard: User, gate: Camera) -> None:
    files = contents(built(guard, filmed(gate)))
    sums = (line.split("  ") for line in files["SHA256SUMS"].decode().splitlines())
    assert {name: sha256 for sha256, name in sums} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "SHA256SUMS"
    }


def test_a_clip_that_is_not_what_the_worker_sent_is_told(guard: User, gate: Camera) -> None:
    files = contents(built(guard, filmed(gate), filmed(gate, film=b"changed")))
    clips = [file for file in json.loads(files["manifest.json"])["files"] if file["path"].startswith("clips/")]
    assert sorted(file["as_received"] for file in clips) == [False, True]


def test_no_cell_of_the_table_is_a_formula_and_times_are_the_sites(guard: User, gate: Camera) -> None:
    event = filmed(gate, "=cmd|' /C calc'!A0")
    Event.objects.update(verdict_note="+1+2", started_at="2026-07-14T10:00:00Z")
    rows = list(csv.DictReader(io.StringIO(contents(built(guard, event))["events.csv"].decode("utf-8-sig"))))
    assert rows[0]["What happened"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["Note"] == "'+1+2"
    assert rows[0]["Start"] == "2026-07-14 12:00:00.000+02:00"
    assert rows[0]["Clip"].startswith("clips/2026-07-14_12-00-00_Main-gate_")


def test_a_camera_that_was_taken_away_meanwhile_is_left_out(guard: User, gate: Camera) -> None:
    yard = camera_make("Yard")
    assign_perm("view_camera", guard, yard)
    mine, lost = filmed(gate), filmed(yard)
    export = export_request(user=guard, event_ids=[mine.id, lost.id])
    remove_perm("view_camera", guard, yard)
    export_build(export_id=export.id)
    export.refresh_from_db()
    assert (export.event_count, export.content_camera_ids) == (1, [gate.id])
    assert json.loads(contents(export)["manifest.json"])["left_out"] == 1


def test_nothing_is_built_for_who_may_see_none_of_it_any_more(guard: User, gate: Camera) -> None:
    export = export_request(user=guard, event_ids=[filmed(gate).id])
    remove_perm("view_camera", guard, gate)
    export_build(export_id=export.id)
    export.refresh_from_db()
    assert export.state == "failed" and "may not view" in export.error
    assert not media_path(export.file_name).exists()


def test_somebody_elses_event_cannot_be_exported(guard: User) -> None:
    with pytest.raises(NotFoundError):
        export_request(user=guard, event_ids=[event_make(camera_make("Vault")).id])


def test_what_is_too_large_is_refused_in_plain_words(guard: User, gate: Camera, settings: LazySettings) -> None:
    settings.EXPORT_MAX_BYTES = 100_000
    with pytest.raises(TooLargeError, match=r"about .* and an export holds at most 100\.0 kB\. Choose fewer"):
        export_request(user=guard, event_ids=[filmed(gate).id])


def test_what_turns_out_too_large_fails_for_good_and_leaves_no_file(
    guard: User, gate: Camera, settings: LazySettings
) -> None:
    event = filmed(gate, film=FILM * 100)
    Clip.objects.update(video_bytes=1)
    settings.EXPORT_MAX_BYTES = 300_000
    export = built(guard, event)
    assert export.state == "failed" and "larger than an export may be" in export.error
    assert not media_path(export.file_name).exists()
    assert list(media_path("incoming").iterdir()) == []


@pytest.mark.parametrize("number", [0, 501])
def test_none_and_more_than_five_hundred_are_refused(guard: User, number: int) -> None:
    with pytest.raises(InvalidError):
        export_request(user=guard, event_ids=[uuid.uuid4() for _ in range(number)])


def test_only_some_may_wait_at_once(guard: User, gate: Camera) -> None:
    event = event_make(gate)
    for _ in range(5):
        export_request(user=guard, event_ids=[event.id])
    with pytest.raises(ConflictError):
        export_request(user=guard, event_ids=[event.id])


def test_a_build_that_breaks_is_tried_again_and_at_last_fails_and_can_be_asked_anew(
    guard: User, gate: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = export_request(user=guard, event_ids=[filmed(gate).id])

    def broken(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("events.exports.building.table_text", broken)
    for _ in range(MAX_ATTEMPTS):
        Export.objects.update(next_attempt_at=timezone.now())
        export_build(export_id=export.id)
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("failed", MAX_ATTEMPTS)
    monkeypatch.undo()
    export_retry(user=guard, export_id=export.id)
    export_build(export_id=export.id)
    export.refresh_from_db()
    assert (export.state, export.error) == ("done", "")


def test_what_a_killed_worker_left_is_built_by_the_next_one(guard: User, gate: Camera) -> None:
    export = export_request(user=guard, event_ids=[filmed(gate).id])
    past = timezone.now() - timedelta(seconds=1)
    Export.objects.update(state="running", attempts=1, next_attempt_at=past)
    export_build(export_id=export.id)
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("done", 2)
    Export.objects.update(state="running", attempts=MAX_ATTEMPTS, next_attempt_at=past, finished_at=None)
    exports_give_up()
    assert Export.objects.get().state == "failed"


def test_one_that_another_worker_holds_is_left_alone(guard: User, gate: Camera) -> None:
    export = export_request(user=guard, event_ids=[filmed(gate).id])
    Export.objects.update(state="running", attempts=1, next_attempt_at=timezone.now() + timedelta(minutes=1))
    export_build(export_id=export.id)
    assert Export.objects.get().state == "running"


def test_a_download_is_checked_again_and_noted(guard: User, gate: Camera) -> None:
    export = built(guard, filmed(gate))
    client = Client()
    client.force_login(guard)
    address = f"/events/exports/{export.id}/file"
    answer = client.get(address)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == media_path(export.file_name).read_bytes()  # type: ignore[attr-defined]
    assert ".zip" in answer["Content-Disposition"]
    assert AuditEntry.objects.filter(action="export.downloaded").count() == 1
    remove_perm("view_camera", guard, gate)
    assert client.get(address).status_code == 403
    other = Client()
    other.force_login(user_make("other", gate))
    assert other.get(address).status_code == 404
    assert AuditEntry.objects.filter(action="export.downloaded").count() == 1


def test_an_export_that_is_not_ready_has_no_file(guard: User, gate: Camera) -> None:
    export = export_request(user=guard, event_ids=[filmed(gate).id])
    client = Client()
    client.force_login(guard)
    assert client.get(f"/events/exports/{export.id}/file").status_code == 404


def test_old_exports_go_with_their_files_and_younger_ones_stay(
    guard: User, gate: Camera, settings: LazySettings, django_capture_on_commit_callbacks: object
) -> None:
    old, young = built(guard, filmed(gate)), built(guard, filmed(gate))
    age = timedelta(days=settings.EXPORT_DAYS, minutes=1)
    Export.objects.filter(id=old.id).update(finished_at=timezone.now() - age)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert exports_expire() == 1
    assert not media_path(old.file_name).exists()
    assert media_path(young.file_name).exists()
    assert AuditEntry.objects.filter(action="export.expired").count() == 1


def test_a_file_whose_export_is_gone_is_removed_and_no_other(guard: User, gate: Camera) -> None:
    kept, gone = built(guard, filmed(gate)), built(guard, filmed(gate))
    Export.objects.filter(id=gone.id).delete()  # as if the process had been killed before the file went too
    strange = media_path("exports/notes.txt")
    strange.write_text("not ours")
    exports_expire()
    assert not media_path(gone.file_name).exists()
    assert media_path(kept.file_name).exists()
    assert strange.exists()


def test_a_deleted_export_is_gone_with_its_file(
    guard: User, gate: Camera, django_capture_on_commit_callbacks: object
) -> None:
    export = built(guard, filmed(gate))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        export_delete(user=guard, export_id=export.id)
    assert not Export.objects.exists()
    assert not media_path(export.file_name).exists()


def test_ticked_events_and_all_that_fit_a_filter_are_exported_from_the_list(guard: User, gate: Camera) -> None:
    high, low = event_make(gate), event_make(gate, severity="low")
    client = Client()
    client.force_login(guard)
    answer = client.post("/events/do", {"deed": "export", "event": [str(high.id)]}, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/events/exports/"
    client.post("/events/exports/all?severity=low")
    assert [export.event_ids for export in Export.objects.order_by("created_at")] == [[high.id], [low.id]]
    assert "1 event" in client.get("/events/exports/").content.decode()


def test_the_services_refuse_what_is_another_users(guard: User, gate: Camera) -> None:
    export = built(guard, filmed(gate))
    other = user_make("other", gate)
    for deed in (export_retry, export_delete):
        with pytest.raises(DomainError):
            deed(user=other, export_id=export.id)
    assert Export.objects.exists()
