"""Reading jobs, always from the cameras that the user may see."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from cameras.selectors import CameraPermission, cameras_visible_to
from vms.accounts.models import User
from vms.errors import NotFoundError
from workers.choices import ChunkState
from workers.models import Chunk, Job, WorkerNode


def jobs_visible_to(user: User | AnonymousUser, permission: CameraPermission = CameraPermission.VIEW) -> QuerySet[Job]:
    cameras = cameras_visible_to(user, permission)
    return Job.objects.filter(recording__camera__in=cameras).select_related(
        "recording__camera__site", "recording__uploaded_by"
    )


def job_get(user: User | AnonymousUser, job_id: uuid.UUID, permission: CameraPermission = CameraPermission.VIEW) -> Job:
    """One job.

    Raises:
        NotFoundError: there is none, or its camera is not the user's.
    """
    job = jobs_visible_to(user, permission).filter(id=job_id).first()
    if job is None:
        raise NotFoundError("There is no such job.")
    return job


def recording_leased_to(node: WorkerNode, recording_id: uuid.UUID) -> bool:
    """Whether the node holds a lease on a part of the recording."""
    return Chunk.objects.filter(job__recording_id=recording_id, node=node, state=ChunkState.LEASED).exists()
