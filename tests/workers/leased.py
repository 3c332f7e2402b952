"""A queued job with rules, registered nodes, and messages as a node would send them."""

from __future__ import annotations

import uuid

from cameras.models import Camera
from rules.engine.schema import RuleSpec, Severity, ZonePresence
from rules.models import Rule, RuleVersion
from tests.cameras.world import make_camera, make_facts, make_job, make_user
from vms.accounts.choices import Role
from workers.models import Job, WorkerNode
from workers.runtime.contract import (
    ChunkCheckpoint,
    ChunkFailure,
    ChunkProgress,
    ChunkWork,
    DetectorKind,
    EventEnd,
    EventSubmission,
    NodeRegistration,
    Stopped,
    StreamStopped,
    event_key,
)
from workers.services.claims import chunk_claim
from workers.services.jobs import job_accept
from workers.services.nodes import node_ensure, node_register

TOKEN = "a-token-of-more-than-thirty-two-characters"
LOITERER = RuleSpec(
    name="Loiterer",
    severity=Severity.HIGH,
    when=ZonePresence(type="zone_presence", zone="Yard", dwell_seconds=5),
    message="{rule}: {class_name} in {zone} at {camera}",
)


def make_node(name: str = "north") -> WorkerNode:
    """A node whose process has just registered."""
    return boot(node_ensure(name=name, token=TOKEN))


def boot(
    node: WorkerNode, stopped: Stopped | None = None, stopped_streams: tuple[StreamStopped, ...] = ()
) -> WorkerNode:
    """The node's process starts (again)."""
    registration = NodeRegistration(
        boot_id=uuid.uuid4(),
        hostname="host",
        version="1",
        detector=DetectorKind.MOTION,
        model="motion",
        stopped=stopped,
        stopped_streams=stopped_streams,
    )
    node_register(node=node, registration=registration)
    node.refresh_from_db()
    return node


def boot_id(node: WorkerNode) -> uuid.UUID:
    assert node.boot_id is not None
    return node.boot_id


def make_queued_job(*, seconds: int = 60, camera: Camera | None = None, spec: RuleSpec = LOITERER) -> Job:
    """60 seconds are three chunks."""
    camera = camera or make_camera("Gate", site=uuid.uuid4().hex)
    camera.zones.get_or_create(name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]])
    rule, _ = Rule.objects.get_or_create(name=spec.name)
    rule.cameras.add(camera)
    RuleVersion.objects.get_or_create(rule=rule, number=1, spec=spec.model_dump(mode="json"))
    job = make_job(make_user(f"ada{uuid.uuid4().hex[:8]}", role=Role.ADMIN), camera)
    job_accept(job_id=job.id, facts=make_facts(duration_ms=seconds * 1000))
    job.refresh_from_db()
    return job


def claim(node: WorkerNode, job: Job) -> ChunkWork:
    work = chunk_claim(node=node, boot_id=boot_id(node), job_id=job.id)
    assert work is not None
    return work


def progress_at(node: WorkerNode, work: ChunkWork, position_ms: int) -> ChunkProgress:
    return ChunkProgress(boot_id=boot_id(node), epoch=work.epoch, position_ms=position_ms, frames_analysed=10)


def checkpoint_of(node: WorkerNode, work: ChunkWork, **state: object) -> ChunkCheckpoint:
    return ChunkCheckpoint(boot_id=boot_id(node), epoch=work.epoch, frames_analysed=100, frames_lost=0, state=state)


def failure_of(node: WorkerNode, work: ChunkWork, *, permanent: bool = False) -> ChunkFailure:
    return ChunkFailure(boot_id=boot_id(node), epoch=work.epoch, reason="The model is missing.", permanent=permanent)


def stopped_at(work: ChunkWork, position_ms: int) -> Stopped:
    return Stopped(job_id=work.job_id, chunk_index=work.chunk_index, epoch=work.epoch, position_ms=position_ms)


def start_of(work: ChunkWork, *, start_ms: int = 3_000, track_id: int = 7, **more: object) -> EventSubmission:
    rule = work.camera.rules[0]
    values: dict[str, object] = {
        "event_id": event_key(work.job_id, rule.rule_id, rule.version, track_id, start_ms),
        "job_id": work.job_id,
        "epoch": work.epoch,
        "camera_id": work.camera.camera_id,
        "rule_id": rule.rule_id,
        "rule_version": rule.version,
        "track_id": track_id,
        "class_name": "person",
        "confidence": 0.8,
        "severity": Severity.HIGH,
        "start_ms": start_ms,
        "box_xyxy": (0.1, 0.1, 0.2, 0.4),
    }
    return EventSubmission.model_validate(values | more)


def end_of(start: EventSubmission, end_ms: int) -> EventEnd:
    return EventEnd(event_id=start.event_id, job_id=start.job_id, epoch=start.epoch, end_ms=end_ms)
