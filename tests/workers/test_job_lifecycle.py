"""What becomes of a job and its recording's file, step by step."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from cameras.choices import RecordingState
from cameras.models import Camera, Recording
from cameras.selectors import CameraPermission
from rules.services import rule_create
from tests.cameras.world import file_of, grant, make_camera, make_facts, make_job, make_user, stored_files
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ConflictError, NotFoundError
from workers.choices import ChunkState, JobState
from workers.models import Job
from workers.services.jobs import (
    job_accept,
    job_cancel,
    job_fail,
    job_finish,
    job_refuse,
    job_retry,
    job_validation_claim,
)

pytestmark = pytest.mark.django_db
DWELL = "name: Loiterer\nwhen: {type: zone_presence, zone: Yard, dwell_seconds: 5}\n"


@pytest.fixture
def camera() -> Camera:
    return make_camera("Gate")


@pytest.fixture
def uploader(camera: Camera) -> User:
    user = make_user("uwe")
    grant(user, camera)
    return user


@pytest.fixture
def job(uploader: User, camera: Camera) -> Job:
    return make_job(uploader, camera)


def test_an_accepted_job_waits_with_chunks_over_the_whole_recording(job: Job) -> None:
    assert job_accept(job_id=job.id, facts=make_facts(duration_ms=65_000, warnings=("The last 3 frames are missing.",)))
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    assert job.recording.state == RecordingState.ACCEPTED
    assert list(job.chunks.values_list("start_ms", "end_ms")) == [(0, 20_000), (20_000, 40_000), (40_000, 65_000)]
    assert job.notes == ["The last 3 frames are missing."]


def test_a_job_keeps_the_rules_as_they_stood_when_it_was_accepted(job: Job, camera: Camera) -> None:
    camera.zones.create(name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]])
    admin = make_user("ada", role=Role.ADMIN)
    rule = rule_create(user=admin, document=DWELL, cameras=[camera])
    job_accept(job_id=job.id, facts=make_facts())
    job.refresh_from_db()
    assert job.config is not None
    assert [(entry["rule_id"], entry["version"]) for entry in job.config["rules"]] == [(rule.id, 1)]
    assert job.config["zones"][0]["name"] == "Yard"


def test_a_rule_whose_zone_the_camera_lacks_is_left_out_with_a_sentence(job: Job, camera: Camera) -> None:
    rule_create(user=make_user("ada", role=Role.ADMIN), document=DWELL, cameras=[camera])
    job_accept(job_id=job.id, facts=make_facts())
    job.refresh_from_db()
    assert job.config is not None and job.config["rules"] == []
    assert job.notes == ["Rule “Loiterer” was left out: camera Gate has no zone named “Yard”."]


def test_a_rule_whose_model_no_worker_has_is_said_to_find_nothing(job: Job, camera: Camera) -> None:
    document = "name: Bare head\nwho: {classes: [person]}\nwhen: {lacks: helmet}\n"
    rule_create(user=make_user("ada", role=Role.ADMIN), document=document, cameras=[camera])
    job_accept(job_id=job.id, facts=make_facts())
    job.refresh_from_db()
    assert job.notes == ["Rule “Bare head” finds nothing: no worker has the model “ppe”."]


def test_a_second_acceptance_changes_nothing(job: Job) -> None:
    job_accept(job_id=job.id, facts=make_facts())
    assert not job_accept(job_id=job.id, facts=make_facts(duration_ms=5_000))
    assert job.chunks.count() == 3


def test_a_refused_recording_leaves_its_reason_and_no_file(
    job: Job, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job_refuse(job_id=job.id, reason="The file holds no video.")
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "The file holds no video.")
    assert (job.recording.state, job.recording.refusal) == (RecordingState.REFUSED, "The file holds no video.")
    assert stored_files() == []


def test_a_finished_job_leaves_no_recording(
    job: Job, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    job_accept(job_id=job.id, facts=make_facts())
    with django_capture_on_commit_callbacks(execute=True):
        assert job_finish(job_id=job.id)
    job.recording.refresh_from_db()
    assert job.recording.state == RecordingState.DELETED
    assert stored_files() == []


@pytest.mark.parametrize("accepted", [False, True])
def test_cancelling_ends_the_job_and_deletes_its_recording(
    job: Job, uploader: User, accepted: bool, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    if accepted:
        job_accept(job_id=job.id, facts=make_facts())
    with django_capture_on_commit_callbacks(execute=True):
        job_cancel(user=uploader, job_id=job.id)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED and job.ended_at is not None
    assert stored_files() == []
    assert AuditEntry.objects.filter(action="job.cancelled", actor=uploader).count() == 1


def test_an_ended_job_cannot_be_cancelled(job: Job, uploader: User) -> None:
    job_fail(job_id=job.id, reason="No.")
    with pytest.raises(ConflictError):
        job_cancel(user=uploader, job_id=job.id)


def test_a_cancelled_job_is_not_accepted_by_a_check_that_ends_later(job: Job, uploader: User) -> None:
    job_cancel(user=uploader, job_id=job.id)
    assert not job_accept(job_id=job.id, facts=make_facts())
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_a_failed_job_keeps_its_recording_and_goes_on_after_the_last_done_chunk(job: Job, uploader: User) -> None:
    job_accept(job_id=job.id, facts=make_facts())
    job.chunks.filter(index=0).update(state=ChunkState.DONE, end_state={"tracks": []})
    job.chunks.filter(index=1).update(state=ChunkState.FAILED, attempts=3, error="broken")
    job_fail(job_id=job.id, reason="broken")
    assert file_of(job.recording_id).exists()
    job_retry(user=uploader, job_id=job.id)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.QUEUED, "")
    assert list(job.chunks.values_list("state", "attempts")) == [("done", 0), ("waiting", 0), ("waiting", 0)]


def test_a_refused_recording_cannot_be_tried_again(
    job: Job, uploader: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job_refuse(job_id=job.id, reason="No video.")
    with pytest.raises(ConflictError):
        job_retry(user=uploader, job_id=job.id)


@pytest.mark.parametrize("deed", [job_cancel, job_retry])
def test_a_viewer_without_the_upload_permission_cannot_touch_the_job(job: Job, camera: Camera, deed: object) -> None:
    viewer = make_user("vera")
    grant(viewer, camera, CameraPermission.VIEW)
    with pytest.raises(NotFoundError):
        deed(user=viewer, job_id=job.id)  # type: ignore[operator]


def test_only_one_of_two_checks_gets_the_attempt(job: Job) -> None:
    assert job_validation_claim(job_id=job.id) is not None
    assert job_validation_claim(job_id=job.id) is None


def test_the_fourth_lost_check_fails_the_job_and_keeps_the_recording(job: Job, uploader: User) -> None:
    for _ in range(3):
        assert job_validation_claim(job_id=job.id) is not None
        Job.objects.filter(id=job.id).update(next_attempt_at=job.created_at)
    assert job_validation_claim(job_id=job.id) is None
    job.refresh_from_db()
    assert job.state == JobState.FAILED and "broken off three times" in job.error
    assert file_of(job.recording_id).exists()
    job_retry(user=uploader, job_id=job.id)
    job.refresh_from_db()
    assert (job.state, job.validation_attempts) == (JobState.VALIDATING, 0)


def test_a_check_of_an_unknown_job_is_nothing(job: Job) -> None:
    assert job_validation_claim(job_id=uuid.uuid4()) is None


@pytest.mark.parametrize("known", [True, False])
def test_a_recording_without_a_told_start_is_taken_to_end_when_it_was_uploaded(*, job: Job, known: bool) -> None:
    recording = job.recording
    told = recording.started_at
    Recording.objects.filter(id=recording.id).update(start_known=known)
    job_accept(job_id=job.id, facts=make_facts(duration_ms=65_000))
    recording.refresh_from_db()
    ended_at = recording.started_at + timedelta(seconds=65)
    assert (recording.started_at == told) is known
    assert (ended_at == recording.uploaded_at) is not known
