"""Reading jobs, always from the cameras that the user may see, and which nodes may get work."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, IntegerField, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext as _

from cameras.models import Camera
from cameras.selectors import CameraPermission, on_cameras_visible_to
from vms.accounts.models import User
from vms.errors import NotFoundError
from workers.choices import ChunkState, StreamWorkState
from workers.models import Chunk, DeadLetter, Job, Stream, WorkerNode
from workers.runtime.contract import DetectorKind
from workers.services.coordination import MeasuredLoad, loads_of


def jobs_visible_to(user: User | AnonymousUser, permission: CameraPermission = CameraPermission.VIEW) -> QuerySet[Job]:
    jobs = Job.objects.filter(on_cameras_visible_to(user, permission, camera="recording__camera_id"))
    return jobs.select_related("recording__camera__site", "recording__uploaded_by")


def job_get(user: User | AnonymousUser, job_id: uuid.UUID, permission: CameraPermission = CameraPermission.VIEW) -> Job:
    """One job.

    Raises:
        NotFoundError: there is none, or its camera is not the user's.
    """
    job = jobs_visible_to(user, permission).filter(id=job_id).first()
    if job is None:
        raise NotFoundError(_("There is no such job."))
    return job


def recording_leased_to(node: WorkerNode, recording_id: uuid.UUID) -> bool:
    """Whether the node holds a lease on a part of the recording."""
    return Chunk.objects.filter(job__recording_id=recording_id, node=node, state=ChunkState.LEASED).exists()


@dataclass(frozen=True, slots=True)
class AvailableNode:
    """A node that may get something new.

    ``probation``: at most one stream until its breaker has closed, while there are others.
    """

    node: WorkerNode
    frames_per_second: float
    probation: bool = False


def nodes_available() -> list[AvailableNode]:
    """The nodes that are heard, switched on, not draining, and not taken out by their breaker; by name.

    Where breakers took out all of them, all are on probation at once: nobody else could watch their cameras.
    """
    now = timezone.now()
    heard = now - timedelta(seconds=settings.STREAM_LEASE_SECONDS)
    heard_nodes = list(
        WorkerNode.objects.filter(enabled=True, draining=False, boot_id__isnull=False, seen_at__gte=heard)
    )
    rested = [node for node in heard_nodes if node.breaker_until is None or node.breaker_until <= now]
    nodes = rested or heard_nodes
    loads = loads_of(nodes)
    return [
        AvailableNode(node, node_frames_per_second(node, loads.get(node.id)), node.breaker_until is not None)
        for node in nodes
    ]


def node_frames_per_second(node: WorkerNode, measured: MeasuredLoad | None) -> float:
    """How many frames the node can look at in a second: measured, or what it said when it was last known."""
    rate = measured.load.inferences_per_second if measured else None
    return float(node.capacity) if rate is None else rate


def further_models() -> frozenset[str]:
    """What the workers that are switched on said they have beside their detectors, and could load so far."""
    nodes = WorkerNode.objects.filter(enabled=True).only("further_models", "broken_models")
    return frozenset(name for node in nodes for name in node.usable_models)


@dataclass(frozen=True, slots=True)
class UnknownClass:
    """``near``: one that a detector does find, of a similar name."""

    name: str
    near: str = ""


def classes_unknown(names: Iterable[str]) -> list[UnknownClass]:
    """Which of these no detector of a worker that is switched on finds; none where none of them has a model."""
    nodes = WorkerNode.objects.filter(enabled=True).exclude(detector=DetectorKind.MOTION)
    known = {name for classes in nodes.values_list("classes", flat=True) for name in classes}
    unknown = sorted(set(names) - known) if known else []
    return [UnknownClass(name, next(iter(get_close_matches(name.lower(), known, 1)), "")) for name in unknown]


@dataclass(frozen=True, slots=True)
class BrokenModel:
    """Installed on a worker, which could not load it."""

    node: str
    model: str
    reason: str


def broken_models(names: Iterable[str]) -> list[BrokenModel]:
    """Of these models, on the workers that are switched on."""
    nodes = WorkerNode.objects.filter(enabled=True).exclude(broken_models={}).values_list("name", "broken_models")
    wanted = frozenset(names)
    return [
        BrokenModel(node, model, reason)
        for node, broken in nodes
        for model, reason in broken.items()
        if model in wanted
    ]


def streams_watched(cameras: Iterable[Camera]) -> list[tuple[Camera, WorkerNode]]:
    """Those of the live cameras that a worker watches now, by name, each with that worker."""
    streams = Stream.objects.filter(camera__in=cameras, state=StreamWorkState.RUNNING, node__isnull=False)
    found = streams.select_related("camera__site", "node")
    return [(each.camera, each.node) for each in found if each.node is not None]


def nodes_visible_to(user: User | AnonymousUser) -> QuerySet[WorkerNode]:
    """The fleet is the business of supervisors and admins."""
    may = isinstance(user, User) and user.is_supervisor
    return WorkerNode.objects.all() if may else WorkerNode.objects.none()


def node_get(user: User | AnonymousUser, node_id: int) -> WorkerNode:
    """One node.

    Raises:
        NotFoundError: there is none, or the user is no supervisor.
    """
    node = nodes_visible_to(user).filter(id=node_id).first()
    if node is None:
        raise NotFoundError(_("There is no such worker."))
    return node


def dead_letters_visible_to(user: User | AnonymousUser) -> QuerySet[DeadLetter]:
    """All for an admin; for a supervisor those of the cameras they see; none for anybody else."""
    letters = DeadLetter.objects.select_related("node", "camera__site", "settled_by", "tried_by")
    if not isinstance(user, User) or not user.is_supervisor:
        return letters.none()
    return letters if user.is_admin else letters.filter(on_cameras_visible_to(user))


def dead_letter_get(user: User | AnonymousUser, letter_id: int) -> DeadLetter:
    """One dead letter.

    Raises:
        NotFoundError: there is none, or it is not the user's.
    """
    letter = dead_letters_visible_to(user).filter(id=letter_id).first()
    if letter is None:
        raise NotFoundError(_("There is no such dead letter."))
    return letter


def streams_visible_to(user: User | AnonymousUser) -> QuerySet[Stream]:
    """The watches over the user's live cameras that are switched on; those that nobody watches first."""
    watched = Case(When(state=StreamWorkState.RUNNING, then=1), default=0, output_field=IntegerField())
    streams = Stream.objects.filter(on_cameras_visible_to(user)).exclude(state=StreamWorkState.OFF)
    return streams.select_related("camera__site", "node").order_by(watched, "camera__site__name", "camera__name")
