"""Building: once at a time, again after a failure, given up in the end; and who may have the files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from cameras.models import Camera, CameraUserPermission
from events.live import LiveMessage, user_group
from reports.actors import sweep_report_files
from reports.building import report_build, runs_give_up
from reports.choices import RunState
from reports.content import ReportContent
from reports.models import Run
from reports.renderers import csv
from reports.selectors import file_download_name, report_file_get, run_get, runs_due, runs_visible_to
from tests.alerts.scenes import grant, make_camera, make_event, make_user
from tests.reports.requests import ask, built
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import ForbiddenError, NotFoundError
from vms.work_leases import MAX_ATTEMPTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera() -> Camera:
    return make_camera()


@pytest.fixture
def user(camera: Camera) -> User:
    user = make_user()
    grant(user, camera)
    make_event(camera)
    return user


def make_due(run: Run) -> None:
    Run.objects.filter(id=run.id).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def broken(content: ReportContent, path: Path, beat: object) -> None:
    path.write_bytes(b"half a file")
    raise RuntimeError("the renderer broke")


@pytest.fixture
def broken_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "render", broken)


def test_a_built_run_has_its_files_and_nothing_is_due(user: User, camera: Camera) -> None:
    run = built(ask(user))
    file = run.files.get()
    assert (run.state, run.progress_percent, run.event_count, run.content_camera_ids) == ("done", 100, 1, [camera.id])
    assert file.size_bytes > 100
    assert not runs_due().exists()
    assert report_build(run_id=run.id) is None


def test_a_claimed_run_is_left_alone_until_its_lease_ends(user: User) -> None:
    run = ask(user)
    later = timezone.now() + timedelta(seconds=60)
    Run.objects.update(state=RunState.RUNNING, attempts=1, next_attempt_at=later)
    assert report_build(run_id=run.id) is None
    make_due(run)
    assert built(run).state == RunState.DONE


@pytest.mark.usefixtures("broken_csv")
def test_a_failure_leaves_the_run_waiting_and_no_half_file(user: User, media: Path) -> None:
    run = built(ask(user))
    assert (run.state, run.files.count()) == (RunState.QUEUED, 0)
    assert run.next_attempt_at is not None
    assert run.next_attempt_at > timezone.now()
    assert not [path for path in media.rglob("*") if path.is_file()]


@pytest.mark.usefixtures("broken_csv")
def test_after_the_last_attempt_the_run_has_failed_and_says_so(user: User) -> None:
    run = ask(user)
    for _ in range(MAX_ATTEMPTS):
        make_due(run)
        built(run)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert f"tried {MAX_ATTEMPTS} times" in run.error
    assert "RuntimeError" not in run.error


def test_a_full_disk_is_named(user: User, settings: LazySettings) -> None:
    settings.STORAGE_RESERVE_BYTES = 2**60
    run = built(ask(user))
    assert run.state == RunState.QUEUED
    assert "nearly full" in run.error


def test_a_run_whose_workers_never_come_back_has_failed(user: User) -> None:
    run = ask(user)
    Run.objects.update(state=RunState.RUNNING, attempts=MAX_ATTEMPTS)
    make_due(run)
    runs_give_up()
    run.refresh_from_db()
    assert (run.state, run.next_attempt_at) == (RunState.FAILED, None)


def test_a_worker_whose_run_was_taken_over_changes_nothing(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask(user)

    def overtaken(content: ReportContent, path: Path, beat: object) -> None:
        path.write_bytes(b"x")
        Run.objects.update(attempts=2)

    monkeypatch.setattr(csv, "render", overtaken)
    assert report_build(run_id=run.id) is None
    run.refresh_from_db()
    assert (run.state, run.attempts, run.files.count()) == (RunState.RUNNING, 2, 0)


def test_a_run_deleted_meanwhile_stops_its_worker(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask(user)

    def deleted(content: ReportContent, path: Path, beat: object) -> None:
        path.write_bytes(b"x")
        Run.objects.all().delete()

    monkeypatch.setattr(csv, "render", deleted)
    assert report_build(run_id=run.id) is None


def test_files_of_a_run_that_was_deleted_while_they_were_built_are_swept_away(
    user: User, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, run = built(ask(user)), ask(user)

    def deleted(content: ReportContent, path: Path, beat: object) -> None:
        path.write_bytes(b"x")
        Run.objects.filter(id=run.id).delete()

    monkeypatch.setattr(csv, "render", deleted)
    report_build(run_id=run.id)
    sweep_report_files()
    assert [path.name for path in (media / "reports").iterdir()] == [str(kept.id)]


def test_the_user_follows_the_progress(
    user: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    pushed: list[tuple[str, LiveMessage]] = []
    monkeypatch.setattr("reports.live.push", lambda group, message: pushed.append((group, message)))
    with django_capture_on_commit_callbacks(execute=True):
        run = ask(user)
        built(run)
    told = [(group, message["kind"]) for group, message in pushed]
    assert set(told) == {(user_group(user.id), "report.progress")}
    percents = [message["data"]["progress_percent"] for _, message in pushed]
    assert percents == sorted(percents)
    assert percents[-1] == 100


def test_runs_are_their_owners_and_the_admins(user: User) -> None:
    run = ask(user)
    other, admin = make_user("other"), make_user("admin", role=Role.ADMIN)
    assert list(runs_visible_to(user)) == [run] == list(runs_visible_to(admin))
    assert not runs_visible_to(other).exists()
    with pytest.raises(NotFoundError):
        run_get(other, run.id)
    with pytest.raises(NotFoundError):
        report_file_get(other, built(run).id, "csv")


def test_a_file_with_a_camera_that_was_lost_is_refused_with_a_way_out(user: User) -> None:
    run = built(ask(user))
    assert report_file_get(user, run.id, "csv")
    CameraUserPermission.objects.all().delete()
    with pytest.raises(ForbiddenError, match="Ask for it anew"):
        report_file_get(user, run.id, "csv")


def test_a_camera_that_was_deleted_does_not_lock_the_file(user: User) -> None:
    empty = make_camera("Empty")
    grant(user, empty)
    run = built(ask(user))
    empty.delete()
    assert report_file_get(user, run.id, "csv")


def test_a_format_that_was_not_asked_for_is_not_there(user: User) -> None:
    with pytest.raises(NotFoundError):
        report_file_get(user, built(ask(user)).id, "pdf")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("July week", "july-week-2026-07-13.csv"),
        ("../../etc/passwd", "etc-passwd-2026-07-13.csv"),
        ("שבוע 🎥", "report-2026-07-13.csv"),
    ],
)
def test_the_download_has_a_plain_name(user: User, title: str, name: str) -> None:
    assert file_download_name(built(ask(user, title=title)).files.get()) == name
