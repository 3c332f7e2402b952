"""Pushes a job's progress to the pages that show its camera."""

from __future__ import annotations

from events.live import LiveMessage, camera_group, push
from vms.commits import after_commit
from workers.models import Job


def job_push(job: Job) -> None:
    """Push the job as it stands, once the surrounding transaction has committed."""
    camera_id = job.recording.camera_id
    message = LiveMessage(
        kind="job.progress",
        id=str(job.id),
        camera_id=camera_id,
        data={
            "state": job.state,
            "position_ms": job.position_ms,
            "duration_ms": (job.recording.facts or {}).get("duration_ms", 0),
            "frames_analysed": job.frames_analysed,
            "frames_lost": job.frames_lost,
            "error": job.error,
        },
    )
    after_commit(push, camera_group(camera_id), message)
