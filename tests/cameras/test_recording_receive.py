"""Taking a recording in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from cameras.models import Camera, Recording
from cameras.recordings import clean_original_name
from cameras.selectors import CameraPermission
from cameras.services.intake import recording_receive
from tests.cameras.world import file_of, grant, make_camera, make_job, make_user, stored_files
from vms.accounts.models import User
from vms.errors import ConflictError, InvalidError, NotFoundError, StorageFullError, TooLargeError
from workers.choices import JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera() -> Camera:
    return make_camera("Gate")


@pytest.fixture
def uploader(camera: Camera) -> User:
    user = make_user("uwe")
    grant(user, camera, CameraPermission.VIEW, CameraPermission.UPLOAD)
    return user


def test_the_file_lies_under_the_recordings_own_id(uploader: User, camera: Camera) -> None:
    job = make_job(uploader, camera, content=b"moving pictures")
    assert job.state == JobState.VALIDATING
    assert stored_files() == [f"recordings/{job.recording_id}"]
    assert file_of(job.recording_id).read_bytes() == b"moving pictures"
    assert job.recording.size_bytes == 15


def test_who_may_only_view_cannot_upload(camera: Camera) -> None:
    viewer = make_user("vera")
    grant(viewer, camera, CameraPermission.VIEW)
    with pytest.raises(NotFoundError):
        make_job(viewer, camera)
    assert stored_files() == []


def test_an_empty_file_is_refused(uploader: User, camera: Camera) -> None:
    with pytest.raises(InvalidError, match="The file is empty"):
        make_job(uploader, camera, content=b"")
    assert stored_files() == [] and not Recording.objects.exists()


def test_a_file_over_the_limit_is_refused(uploader: User, camera: Camera, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 8
    with pytest.raises(TooLargeError):
        make_job(uploader, camera)
    assert stored_files() == [] and not Recording.objects.exists()


def test_nothing_is_stored_where_the_disk_would_run_full(uploader: User, camera: Camera, settings: Settings) -> None:
    settings.STORAGE_RESERVE_BYTES = 2**60
    with pytest.raises(StorageFullError, match="Nothing was stored"):
        make_job(uploader, camera)
    assert stored_files() == [] and not Recording.objects.exists()


def test_a_camera_that_is_off_takes_no_recordings(uploader: User, camera: Camera) -> None:
    Camera.objects.update(enabled=False)
    with pytest.raises(ConflictError, match="switched off"):
        make_job(uploader, camera)


@pytest.mark.parametrize(
    "started_at",
    [datetime(2026, 1, 1), datetime(9999, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)],  # noqa: DTZ001  a naive one is the case
)
def test_a_start_that_is_no_sensible_time_is_refused(uploader: User, camera: Camera, started_at: datetime) -> None:
    upload = SimpleUploadedFile("a.mp4", b"x")
    with pytest.raises(InvalidError):
        recording_receive(user=uploader, camera=camera, upload=upload, original_name="a.mp4", started_at=started_at)
    assert stored_files() == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\gate.mp4", "gate.mp4"),
        ("a\x00b\r\nc.mp4", "abc.mp4"),
        ("\u202e4pm.exe", "4pm.exe"),
        ("the\xa0yard\u2028.mp4", "the yard .mp4"),
        ("..", "recording"),
        ("", "recording"),
        ("x" * 300, "x" * 255),
    ],
)
def test_only_a_names_plain_text_is_kept(given: str, kept: str) -> None:
    assert clean_original_name(given) == kept


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_name_becomes_one_that_can_be_stored_and_shown(name: str) -> None:
    kept = clean_original_name(name)
    assert 0 < len(kept) <= 255
    assert "/" not in kept and "\x00" not in kept and kept.isprintable()


def test_a_name_with_folders_stays_text(uploader: User, camera: Camera) -> None:
    job = make_job(uploader, camera, name="../../../up.mp4")
    assert job.recording.original_name == "up.mp4"
    assert stored_files() == [f"recordings/{job.recording_id}"]
