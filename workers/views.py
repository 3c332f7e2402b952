"""Jobs: what is being analysed, how far it is, and what it has found so far."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cameras.choices import RecordingState
from cameras.selectors import CameraPermission, cameras_visible_to
from events.selectors import events_visible_to
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.paging import page_of
from workers.choices import ENDED_JOB_STATES, JobState
from workers.models import Job
from workers.selectors import job_get, jobs_visible_to
from workers.services.jobs import job_cancel, job_retry

PAGE_SIZE = 40
EVENTS_SHOWN = 200
HTMX_STOP_POLLING = 286


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. ``speed`` is seconds of recording a second; None where it cannot be known yet."""

    duration_ms: int
    position_ms: int
    speed: float | None
    left_ms: float | None

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.position_ms / self.duration_ms)) if self.duration_ms else 0


def progress_of(job: Job) -> Progress:
    told_ms = int((job.recording.facts or {}).get("duration_ms", 0))
    duration_ms = told_ms and max(told_ms, job.position_ms)  # a file may be longer than it says
    if job.started_at is None:
        return Progress(duration_ms, job.position_ms, None, None)
    seconds = ((job.ended_at or timezone.now()) - job.started_at).total_seconds()
    position_ms = duration_ms if job.state == JobState.DONE else job.position_ms
    speed = position_ms / 1000 / seconds if seconds > 1 and position_ms else None
    left_ms = (duration_ms - position_ms) / speed if speed and job.state == JobState.RUNNING else None
    return Progress(duration_ms, position_ms, speed, left_ms)


@login_required
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    page = page_of(jobs_visible_to(user), field="created_at", after=request.GET.get("after", ""), size=PAGE_SIZE)
    context = {
        "page": page,
        "rows": [(job, progress_of(job)) for job in page.rows],
        "active": any(job.state not in ENDED_JOB_STATES for job in page.rows),
        "may_upload": cameras_visible_to(user, CameraPermission.UPLOAD).exists(),
    }
    part = request.htmx and request.htmx.target == "jobs"  # type: ignore[attr-defined]
    return render(request, "jobs/rows.html" if part else "jobs/list.html", context)


@login_required
@require_safe
def job_detail(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    return render(request, "jobs/detail.html", job_context(user, job_get(user, job_id)))


@login_required
@require_safe
def progress(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The part of the job page that changes; it tells htmx to stop asking once the job has ended."""
    user = signed_in(request)
    job = job_get(user, job_id)
    status = HTMX_STOP_POLLING if job.state in ENDED_JOB_STATES else 200
    return render(request, "jobs/progress.html", job_context(user, job), status=status)


@login_required
@require_POST
def cancel(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    job_cancel(user=signed_in(request), job_id=job_id)
    messages.success(request, _("The job is cancelled and its recording deleted. Events found so far are kept."))
    return redirect("job_detail", job_id)


@login_required
@require_POST
def retry(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    job_retry(user=signed_in(request), job_id=job_id)
    messages.success(request, _("The job goes on where it stopped."))
    return redirect("job_detail", job_id)


def job_context(user: User, job: Job) -> dict[str, object]:
    events = events_visible_to(user).filter(job=job)
    return {
        "job": job,
        "recording": job.recording,
        "progress": progress_of(job),
        "ended": job.state in ENDED_JOB_STATES,
        "states": JobState,
        "events": events.order_by("-started_at", "-id")[:EVENTS_SHOWN],
        "event_total": events.count(),
        "can_retry": job.state == JobState.FAILED and job.recording.state != RecordingState.REFUSED,
        "may_change": cameras_visible_to(user, CameraPermission.UPLOAD).filter(id=job.recording.camera_id).exists(),
    }
