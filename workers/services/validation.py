"""Has an uploaded recording checked by a child process, since a video file may be made to harm its reader."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop
from pydantic import ValidationError

from cameras.services.recordings import recording_path
from workers.choices import JobState
from workers.messages import validation_send
from workers.models import Job
from workers.runtime.contract import ValidationAnswer, ValidationLimits
from workers.services.jobs import job_accept, job_refuse, job_validation_claim

MODULE = "workers.runtime.validation"
INHERITED = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
RESEND_AFTER_SECONDS = 10

log = structlog.get_logger(__name__)


class CheckBrokenError(Exception):
    """The check itself did not work, which says nothing about the file."""


def job_validate(*, job_id: uuid.UUID) -> None:
    """Check a job's recording, then accept or refuse it. Safe to call twice and at the same time."""
    job = job_validation_claim(job_id=job_id)
    if job is None:
        return
    answer = recording_check(recording_path(job.recording_id))
    if answer.ok and answer.facts is not None:
        job_accept(job_id=job_id, facts=answer.facts)
    else:
        log.info("recording.refused", job_id=str(job_id), code=answer.code)
        job_refuse(job_id=job_id, reason=answer.sentence)


def validations_resend() -> int:
    """Send again what is due and was lost on the way; return how many."""
    overdue = timezone.now() - timedelta(seconds=RESEND_AFTER_SECONDS)
    due = Job.objects.filter(state=JobState.VALIDATING, next_attempt_at__lte=overdue).values_list("id", flat=True)
    for job_id in due:
        validation_send(str(job_id))
    return len(due)


def recording_check(path: Path) -> ValidationAnswer:
    """What the child process says about the file.

    Raises:
        CheckBrokenError: it could not be started, or gave no answer for a reason of its own.
    """
    limits = ValidationLimits(
        max_bytes=settings.UPLOAD_MAX_BYTES,
        max_seconds=settings.UPLOAD_MAX_SECONDS,
        cpu_seconds=settings.UPLOAD_CHECK_SECONDS,
    )
    command = [sys.executable, "-s", "-m", MODULE, str(path), "--limits", limits.model_dump_json()]
    try:
        child = subprocess.run(  # noqa: S603  a fixed command without a shell; the path is ours
            command,
            cwd=settings.BASE_DIR,
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=settings.UPLOAD_CHECK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _refused("too_costly", f"Reading the file took longer than {settings.UPLOAD_CHECK_SECONDS} seconds.")
    except OSError as error:
        raise CheckBrokenError(f"the check could not be started: {error}") from error
    if child.returncode < 0:
        log.warning("recording.check_died", path=path.name, signal=-child.returncode)
        return _refused("reader_died", gettext_noop("The file cannot be read: the reader stopped on it."))
    return _answer(child)


def _answer(child: subprocess.CompletedProcess[bytes]) -> ValidationAnswer:
    lines = child.stdout.splitlines()
    try:
        return ValidationAnswer.model_validate_json(lines[-1] if lines else b"")
    except ValidationError as error:
        tail = child.stderr[-2000:].decode(errors="replace")
        raise CheckBrokenError(f"the check ended with {child.returncode} and no answer: {tail}") from error


def _refused(code: str, sentence: str) -> ValidationAnswer:
    return ValidationAnswer(ok=False, code=code, sentence=sentence)
