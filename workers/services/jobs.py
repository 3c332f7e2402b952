"""A job's life: created with its recording, checked, cut into chunks, ended, taken up again. States change by
compare-and-set, so that of two that try the same step one does nothing."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cameras.choices import RecordingState
from cameras.models import Recording
from cameras.selectors import CameraPermission
from cameras.services.recordings import (
    recording_accept,
    recording_delete_file,
    recording_path,
    recording_refuse,
)
from rules.engine.wanted_looks import models_required
from rules.frozen import camera_config
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.broker import chunk_send
from vms.commits import after_commit
from vms.errors import ConflictError
from workers.choices import ENDED_JOB_STATES, ChunkState, JobState
from workers.live import job_push
from workers.messages import validation_send
from workers.models import Chunk, Job
from workers.runtime.contract import CameraConfig, RecordingFacts
from workers.selectors import broken_models, further_models, job_get
from workers.services.chunk_plan import chunk_spans
from workers.services.dead_letters import dead_letter_keep, dead_letters_settle

MAX_VALIDATION_ATTEMPTS = 3
RESEND_SECONDS = 30
VALIDATION_GRACE_SECONDS = 30
JOB_LETTER = "job"
"""The kind of dead letter that a failed job leaves."""


def job_create(*, recording: Recording) -> Job:
    """Call it in the transaction that stores the recording; its check starts when that holds."""
    job = Job.objects.create(recording=recording, next_attempt_at=timezone.now())
    after_commit(validation_send, str(job.id))
    return job


def job_validation_claim(*, job_id: uuid.UUID) -> Job | None:
    """Take the next attempt at checking the job's recording, or None where another has it or none is due."""
    now = timezone.now()
    patience = timedelta(seconds=settings.UPLOAD_CHECK_SECONDS + VALIDATION_GRACE_SECONDS)
    due = Job.objects.filter(id=job_id, state=JobState.VALIDATING, next_attempt_at__lte=now)
    with transaction.atomic():
        job = due.select_for_update(skip_locked=True, of=("self",)).select_related("recording__camera").first()
        if job is None:
            return None
        if job.validation_attempts >= MAX_VALIDATION_ATTEMPTS:
            _fail_for_now(
                job, gettext_noop("The recording could not be checked: the check was broken off three times.")
            )
            return None
        job.validation_attempts += 1
        job.next_attempt_at = now + patience
        job.save(update_fields=["validation_attempts", "next_attempt_at"])
    return job


@transaction.atomic
def job_accept(*, job_id: uuid.UUID, facts: RecordingFacts) -> bool:
    """The recording is sound: freeze the camera's rules, plan the chunks and call a worker."""
    job = _locked(job_id)
    if job.state != JobState.VALIDATING:
        return False
    recording_accept(recording=job.recording, facts=facts)
    frozen = camera_config(job.recording.camera, job.recording.started_at)
    job.config = frozen.config.model_dump(mode="json")
    job.notes = [*facts.warnings, *frozen.left_out, *_without_models(frozen.config)]
    job.state = JobState.QUEUED
    job.next_attempt_at = timezone.now() + timedelta(seconds=RESEND_SECONDS)
    job.save(update_fields=["config", "notes", "state", "next_attempt_at"])
    job_plan_chunks(job=job, facts=facts)
    after_commit(chunk_send, str(job.id))
    job_push(job)
    return True


def _without_models(config: CameraConfig) -> list[str]:
    """A sentence for each rule that no worker has the model for; one that has may still come."""
    usable = further_models()
    missing = [(rule, sorted(models_required(rule.spec) - usable)) for rule in config.rules]
    broken = {each.model for each in broken_models(model for _, models in missing for model in models)}
    return [
        f"Rule “{rule.spec.name}” finds nothing: "
        + (f"the model “{model}” could not be loaded." if model in broken else f"no worker has the model “{model}”.")
        for rule, models in missing
        for model in models
    ]


def job_plan_chunks(*, job: Job, facts: RecordingFacts) -> list[Chunk]:
    """Rows for the job's chunks, from the recording's first millisecond to its last."""
    spans = chunk_spans(facts.keyframes_ms, duration_ms=facts.duration_ms, chunk_ms=settings.CHUNK_SECONDS * 1000)
    return Chunk.objects.bulk_create(
        Chunk(job=job, index=index, start_ms=start_ms, end_ms=end_ms) for index, (start_ms, end_ms) in enumerate(spans)
    )


@transaction.atomic
def job_refuse(*, job_id: uuid.UUID, reason: str) -> bool:
    """The file is none that can be analysed: it is deleted, and the reason is kept for the person who sent it."""
    job = _locked(job_id)
    if job.state != JobState.VALIDATING:
        return False
    recording_refuse(recording=job.recording, reason=reason)
    _fail(job, reason)
    audit_record(actor=None, action="recording.refused", target=job.recording, reason=reason)
    return True


@transaction.atomic
def job_fail(*, job_id: uuid.UUID, reason: str) -> bool:
    """The analysis cannot go on. The recording is kept, so that a person may try again."""
    job = _locked(job_id)
    if job.state in ENDED_JOB_STATES:
        return False
    _fail_for_now(job, reason)
    return True


@transaction.atomic
def job_finish(*, job_id: uuid.UUID) -> bool:
    """Every chunk is done: only the clips of events are kept."""
    job = _locked(job_id)
    if job.state not in {JobState.QUEUED, JobState.RUNNING}:
        return False
    _end(job, JobState.DONE)
    recording_delete_file(recording_id=job.recording_id)
    return True


@transaction.atomic
def job_cancel(*, user: User, job_id: uuid.UUID) -> Job:
    """Stop a job and delete its recording; the worker that has it learns so from its next progress report.

    Raises:
        NotFoundError: there is none on a camera the user may upload for.
        ConflictError: it has ended already.
    """
    job_get(user, job_id, CameraPermission.UPLOAD)
    job = _locked(job_id)
    if job.state in ENDED_JOB_STATES:
        raise ConflictError(_("The job has ended already: %(state)s.") % {"state": JobState(job.state).label})
    _end(job, JobState.CANCELLED)
    recording_delete_file(recording_id=job.recording_id)
    audit_record(actor=user, action="job.cancelled", target=job)
    return job


@transaction.atomic
def job_retry(*, user: User, job_id: uuid.UUID) -> Job:
    """Take a failed job up again after its last finished chunk.

    Raises:
        NotFoundError: there is none on a camera the user may upload for.
        ConflictError: it has not failed, or its recording is gone.
    """
    job_get(user, job_id, CameraPermission.UPLOAD)
    job = _locked(job_id)
    if job.state != JobState.FAILED:
        raise ConflictError(_("Only a failed job can be tried again."))
    if not recording_path(job.recording_id).exists():
        raise ConflictError(_("The recording is not there any more. Upload it again."))
    if job.recording.state == RecordingState.ACCEPTED:
        _requeue(job)
    else:
        _recheck(job)
    audit_record(actor=user, action="job.retried", target=job)
    # After the commit: a replay locks the letter first and the job second, and two orders would wait for each other.
    after_commit(_letters_settle, user, job.id)
    job_push(job)
    return job


def _letters_settle(user: User, job_id: uuid.UUID) -> None:
    outcome = gettext_noop("The job was started again from its page.")
    dead_letters_settle(kind=JOB_LETTER, subject=str(job_id), user=user, outcome=outcome)


def _requeue(job: Job) -> None:
    job.chunks.exclude(state=ChunkState.DONE).update(
        state=ChunkState.WAITING, attempts=0, error="", node=None, boot_id=None, lease_expires_at=None
    )
    job.state, job.error, job.ended_at = JobState.QUEUED, "", None
    job.next_attempt_at = timezone.now() + timedelta(seconds=RESEND_SECONDS)
    job.save(update_fields=["state", "error", "ended_at", "next_attempt_at"])
    after_commit(chunk_send, str(job.id))


def _recheck(job: Job) -> None:
    job.state, job.error, job.ended_at = JobState.VALIDATING, "", None
    job.validation_attempts, job.next_attempt_at = 0, timezone.now()
    job.save(update_fields=["state", "error", "ended_at", "validation_attempts", "next_attempt_at"])
    after_commit(validation_send, str(job.id))


def _locked(job_id: uuid.UUID) -> Job:
    """The row lock is the compare-and-set: state is read and changed under it."""
    return Job.objects.select_for_update(of=("self",)).select_related("recording__camera").get(id=job_id)


def _fail_for_now(job: Job, reason: str) -> None:
    """Its recording may be sound: a person is to decide whether it is tried again."""
    _fail(job, reason)
    dead_letter_keep(
        node=None,
        kind=JOB_LETTER,
        reason=reason,
        payload={"recording": job.recording.original_name, "position_ms": job.position_ms},
        subject=str(job.id),
        camera_id=job.recording.camera_id,
    )


def _fail(job: Job, reason: str) -> None:
    job.error = reason
    _end(job, JobState.FAILED)


def _end(job: Job, state: JobState) -> None:
    job.state, job.ended_at, job.next_attempt_at = state, timezone.now(), None
    job.save(update_fields=["state", "ended_at", "next_attempt_at", "error"])
    job_push(job)
