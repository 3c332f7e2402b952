"""What puts right whatever a lost message or a killed process left behind. Small steps, each safe to repeat."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from redis.exceptions import RedisError

from cameras.services.recordings import recording_delete_file, recording_path
from vms.broker import chunk_queue_length, chunk_send
from workers.choices import ChunkState, JobState
from workers.models import Job

JOBS_AT_A_TIME = 200
PATIENT_QUEUE = 100


def jobs_wake() -> int:
    """Send again the jobs that should be on their way and of which nobody holds a chunk; return how many.

    Nothing is sent while far more messages than due jobs are about: then it is workers that are missing. A few may
    be those of killed workers, which the queue only finds minutes later.
    """
    now = timezone.now()
    due = Job.objects.filter(Q(next_attempt_at__lte=now) | Q(next_attempt_at=None))
    due = due.filter(state__in=[JobState.QUEUED, JobState.RUNNING])
    due = due.exclude(chunks__state=ChunkState.LEASED, chunks__lease_expires_at__gt=now)
    jobs = list(due.order_by("next_attempt_at").values_list("id", flat=True)[:JOBS_AT_A_TIME])
    if not jobs or _queue_length() >= max(PATIENT_QUEUE, 3 * len(jobs)):
        return 0
    Job.objects.filter(id__in=jobs).update(next_attempt_at=now + timedelta(seconds=settings.CHUNK_LEASE_SECONDS))
    for job_id in jobs:
        chunk_send(str(job_id))
    return len(jobs)


def _queue_length() -> int:
    try:
        return chunk_queue_length()
    except RedisError:
        return 0


def recordings_remove_analysed() -> int:
    """Remove the files of jobs that are done or cancelled; return how many were still there.

    They go when the job's end commits. A process that is killed in between leaves one for us.
    """
    ended = Job.objects.filter(state__in=[JobState.DONE, JobState.CANCELLED])
    recent = ended.filter(ended_at__gte=timezone.now() - timedelta(hours=1)).values_list("recording_id", flat=True)
    left = [recording_id for recording_id in recent if recording_path(recording_id).exists()]
    for recording_id in left:
        recording_delete_file(recording_id=recording_id)
    return len(left)
