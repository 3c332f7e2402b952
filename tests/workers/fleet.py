"""Live cameras with rules, nodes that watch them, and messages as those nodes would send them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from cameras.choices import SourceKind
from cameras.models import Camera
from rules.engine.schema import RuleSpec, Severity, ZonePresence
from rules.models import Rule, RuleVersion
from tests.cameras.world import make_camera
from tests.workers.leased import boot_id
from workers.choices import StreamWorkState
from workers.models import Stream, StreamLease, WorkerNode
from workers.runtime.contract import (
    Box,
    EventEnd,
    EventSubmission,
    StreamCondition,
    StreamHealth,
    StreamRelease,
    StreamReport,
    StreamReportAnswer,
    StreamStanding,
    StreamState,
    StreamStates,
    StreamStatesAnswer,
    StreamWork,
    event_key,
    pack_state,
)
from workers.services.reconciling import reconcile
from workers.services.stream_leases import stream_claim, stream_release
from workers.services.stream_reports import stream_report
from workers.services.stream_snapshots import stream_states_save

ADDRESS = "rtsp://user:secret@10.0.0.5/main"
STAY = RuleSpec(name="Stay", severity=Severity.HIGH, when=ZonePresence(type="zone_presence", zone="Yard"))
BOX: Box = (0.1, 0.1, 0.2, 0.4)


def make_live_camera(name: str = "Gate", *, spec: RuleSpec = STAY, **more: Any) -> Camera:
    camera = make_camera(name, source_kind=SourceKind.RTSP, **more)
    camera.url = ADDRESS
    camera.save()
    camera.zones.create(name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]])
    rule, _ = Rule.objects.get_or_create(name=spec.name)
    rule.cameras.add(camera)
    RuleVersion.objects.get_or_create(rule=rule, number=1, spec=spec.model_dump(mode="json"))
    return camera


def stream_of(camera: Camera) -> Stream:
    return Stream.objects.get(camera=camera)


def claim_of(node: WorkerNode, stream: Stream) -> StreamWork | None:
    node.refresh_from_db()
    return stream_claim(node=node, boot_id=boot_id(node), stream_id=stream.id)


def watched(node: WorkerNode, camera: Camera) -> StreamWork:
    """The camera's stream, given to this node and claimed by it."""
    reconcile()
    work = claim_of(node, give(camera, node))
    assert work is not None
    return work


def give(camera: Camera, node: WorkerNode) -> Stream:
    """The camera's stream is given to this very node."""
    streams = Stream.objects.filter(camera=camera)
    streams.update(
        state=StreamWorkState.ASSIGNED, node=node, boot_id=None, assigned_at=timezone.now(), next_attempt_at=None
    )
    return streams.get()


def taken_over(node: WorkerNode, camera: Camera) -> StreamWork:
    work = claim_of(node, give(camera, node))
    assert work is not None
    return work


def health(**more: Any) -> StreamHealth:
    values: dict[str, Any] = {
        "condition": StreamCondition.ONLINE,
        "since_ms": 0,
        "now_ms": 1_000,
        "frame_ms": 990,
        "width": 640,
        "height": 480,
        "frames_analysed": 10,
        "frames_skipped": 0,
        "frames_damaged": 0,
        "connections": 1,
        "clock_jumps": 0,
        "lag_ms": 20,
        "ring_bytes": 1_000,
    }
    return StreamHealth.model_validate(values | more)


def report(node: WorkerNode, *works: StreamWork) -> StreamReportAnswer:
    node.refresh_from_db()
    standings = tuple(StreamStanding(stream_id=work.stream_id, epoch=work.epoch, health=health()) for work in works)
    return stream_report(node=node, report=StreamReport(boot_id=boot_id(node), streams=standings))


def orders(node: WorkerNode, *works: StreamWork) -> list[str]:
    return [verdict.order for verdict in report(node, *works).verdicts]


def save(node: WorkerNode, work: StreamWork, **state: object) -> StreamStatesAnswer:
    return save_packed(node, work, pack_state(state))


def save_packed(node: WorkerNode, work: StreamWork, packed: str) -> StreamStatesAnswer:
    told = StreamState(stream_id=work.stream_id, epoch=work.epoch, packed=packed)
    return stream_states_save(node=node, told=StreamStates(boot_id=boot_id(node), states=(told,)))


def release(
    node: WorkerNode,
    work: StreamWork,
    *,
    failed: bool = False,
    state: dict[str, Any] | None = None,
    reason: str = "Because.",
) -> None:
    told = StreamRelease(boot_id=boot_id(node), epoch=work.epoch, state=state, reason=reason, failed=failed)
    stream_release(node=node, stream_id=work.stream_id, release=told)


def grow_silent(node: WorkerNode, seconds: float = 60) -> None:
    """As if the node had last been heard, and had taken its streams, so long ago."""
    then = timezone.now() - timedelta(seconds=seconds)
    WorkerNode.objects.filter(id=node.id).update(seen_at=then, streams_reported_at=then)
    age_streams(node, seconds)


def age_streams(node: WorkerNode, seconds: float) -> None:
    then = timezone.now() - timedelta(seconds=seconds)
    Stream.objects.filter(node=node).update(taken_at=then, assigned_at=then, next_attempt_at=then)


def shift_stream(stream: Stream, seconds: float) -> None:
    """As if stream time had begun so much earlier, and every lease with it."""
    Stream.objects.filter(id=stream.id).update(started_at=stream.started_at - timedelta(seconds=seconds))


def lease_at(work: StreamWork, from_ms: int, until_ms: int | None = None) -> None:
    """Put the work's lease where a test wants it."""
    StreamLease.objects.filter(stream=work.stream_id, epoch=work.epoch).update(from_ms=from_ms, until_ms=until_ms)


def start_of(work: StreamWork, *, start_ms: int, track_id: int = 7, **more: object) -> EventSubmission:
    rule = work.camera.rules[0]
    values: dict[str, object] = {
        "event_id": event_key(work.stream_id, rule.rule_id, rule.version, track_id, start_ms),
        "job_id": work.stream_id,
        "epoch": work.epoch,
        "camera_id": work.camera.camera_id,
        "rule_id": rule.rule_id,
        "rule_version": rule.version,
        "track_id": track_id,
        "class_name": "person",
        "confidence": 0.8,
        "severity": Severity.HIGH,
        "start_ms": start_ms,
        "box_xyxy": BOX,
    }
    return EventSubmission.model_validate(values | more)


def end_of(start: EventSubmission, end_ms: int, *, work: StreamWork | None = None) -> EventEnd:
    epoch = work.epoch if work else start.epoch
    return EventEnd(event_id=start.event_id, job_id=start.job_id, epoch=epoch, end_ms=end_ms)
