"""Files that are no recordings, or harmful ones: each refused with a plain sentence, and nothing left behind."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from cameras.choices import RecordingState
from cameras.models import Camera
from tests.cameras.footage import asset, audio_only, huge_pictures, small_video
from tests.cameras.world import grant, make_camera, make_job, make_user, stored_files
from vms.accounts.models import User
from workers.choices import JobState
from workers.models import Job
from workers.services import validation
from workers.services.validation import CheckBrokenError, job_validate, recording_check

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def camera() -> Camera:
    return make_camera("Gate")


@pytest.fixture
def uploader(camera: Camera) -> User:
    user = make_user("uwe")
    grant(user, camera)
    return user


def playlist(target: str) -> bytes:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n".encode()


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("film.mp4", b"x" * 1000)
    return buffer.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "text": lambda: b"This is a letter, not a film.\n" * 200,
    "zip": archive,
    "playlist of a local file": lambda: playlist("/etc/passwd"),
    "playlist of a web address": lambda: playlist("http://127.0.0.1:9/film.mp4"),
    "concat list": lambda: b"ffconcat version 1.0\nfile /etc/passwd\n",
    "audio only": audio_only,
    "65k x 65k pixels in each picture": lambda: huge_pictures(65_500, 65_500),
    "random bytes": lambda: bytes(range(256)) * 64,
    "an mp4's start and nothing else": lambda: b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_recording_is_refused_with_a_sentence_and_leaves_no_file(
    kind: str, uploader: User, camera: Camera, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    job = make_job(uploader, camera, content=HOSTILE[kind](), name="film.mp4")
    with django_capture_on_commit_callbacks(execute=True):
        job_validate(job_id=job.id)
    job.refresh_from_db()
    assert (job.state, job.recording.state) == (JobState.FAILED, RecordingState.REFUSED)
    assert job.error == job.recording.refusal
    assert len(job.error) > 20 and job.error.endswith(".")
    assert "Traceback" not in job.error and str(Path.cwd()) not in job.error
    assert stored_files() == []
    assert not job.chunks.exists()


def test_a_sound_recording_is_accepted_and_planned_at_its_keyframes(
    uploader: User, camera: Camera, settings: Settings
) -> None:
    settings.CHUNK_SECONDS = 2
    job = make_job(uploader, camera, content=small_video(seconds=6))
    job_validate(job_id=job.id)
    job.refresh_from_db()
    assert job.state == JobState.QUEUED and job.error == ""
    spans = list(job.chunks.values_list("start_ms", "end_ms"))
    assert [start for start, _ in spans] == [0, 2_000, 4_000]
    assert job.recording.facts is not None and spans[-1][1] == job.recording.facts["duration_ms"] == 6_000


def test_a_truncated_recording_is_accepted_and_says_what_is_missing(uploader: User, camera: Camera) -> None:
    job = make_job(uploader, camera, content=asset("videos/biruk_ppe.mp4").read_bytes())
    job_validate(job_id=job.id)
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    assert any("cut off" in note for note in job.notes)


def test_a_check_that_takes_too_long_refuses_the_file(tmp_path: Path, settings: Settings) -> None:
    settings.UPLOAD_CHECK_SECONDS = 0
    path = tmp_path / "film"
    path.write_bytes(small_video(seconds=1))
    answer = recording_check(path)
    assert not answer.ok and "took longer" in answer.sentence


def test_a_file_on_which_the_reader_dies_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "MODULE", "tests.cameras.reader_that_dies")
    answer = recording_check(tmp_path / "film")
    assert (answer.ok, answer.code) == (False, "reader_died")


def test_a_check_that_cannot_work_blames_itself_and_not_the_file(uploader: User, camera: Camera) -> None:
    job = make_job(uploader, camera, content=small_video(seconds=1))
    missing = Path("/nonexistent/recording")
    with pytest.raises(CheckBrokenError):
        recording_check(missing)
    assert Job.objects.get(id=job.id).state == JobState.VALIDATING
