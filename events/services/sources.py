"""Where a node's events may come from: the live streams and recordings that it holds now, read for many at once."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from pydantic import ValidationError

from cameras.models import Camera
from events.models import Event
from events.services.ingest import latest_of_job
from events.services.storing import Origin
from events.services.stream_events import FUTURE, NEAR, stream_time_ms
from rules.engine.schema import RuleSpec
from rules.frozen import spec_with
from rules.models import RuleOverride, RuleVersion
from workers.models import Chunk, Job, Stream, StreamLease, WorkerNode
from workers.runtime.contract import CameraConfig, EventSubmission
from workers.services.leases import HELD_STATES


@dataclass(frozen=True, slots=True)
class Source:
    """The current lease of a stream, which is locked, or a chunk of a job, held by the node that asks.

    An event from ``alone_from_ms`` on no other node can have found; none lies behind ``latest_ms``.
    """

    camera: Camera
    zero: datetime
    latest_ms: int
    alone_from_ms: int = -1
    job: Job | None = None
    lease: StreamLease | None = None

    def moment(self, at_ms: int) -> datetime:
        return self.zero + timedelta(milliseconds=at_ms)

    def is_of(self, event: Event) -> bool:
        if self.lease is not None:
            return event.stream_id == self.lease.stream_id
        return self.job is not None and event.job_id == self.job.id

    def origin(self, spec: RuleSpec) -> Origin:
        if self.lease is None:
            return Origin(self.camera, self.zero, spec, job=self.job)
        epoch = self.lease.epoch
        return Origin(self.camera, self.zero, spec, stream=self.lease.stream, lease_epoch=epoch, held_epoch=epoch)


Sources = dict[tuple[uuid.UUID, int], Source]
"""By the id of the stream or job, and the epoch."""
Specs = dict[tuple[uuid.UUID, int, int], RuleSpec]
"""By the id of the stream or job, the rule and its version."""


def sources_of(node: WorkerNode, ids: Collection[uuid.UUID]) -> Sources:
    """Raises DatabaseError where somebody is at one of the streams.

    Nobody is waited for while others are held: two who did so could wait for each other.
    """
    locked = Stream.objects.select_for_update(of=("self",), no_key=True, nowait=True)
    streams = {stream.id: stream for stream in locked.filter(id__in=ids).select_related("camera__site")}
    sources = _streams(node, streams) if streams else {}
    jobs = set(ids) - streams.keys()
    return sources | (_jobs(node, jobs) if jobs else {})


def _streams(node: WorkerNode, streams: dict[uuid.UUID, Stream]) -> Sources:
    sources: Sources = {}
    latest = timezone.now() + FUTURE
    for lease in StreamLease.objects.filter(stream__in=streams, node=node, until_ms=None):
        lease.stream = stream = streams[lease.stream_id]
        alone_from_ms = lease.from_ms + NEAR // timedelta(milliseconds=1)
        latest_ms = stream_time_ms(stream, latest)
        sources[stream.id, lease.epoch] = Source(
            stream.camera, stream.started_at, latest_ms, alone_from_ms, lease=lease
        )
    return sources


def _jobs(node: WorkerNode, ids: Collection[uuid.UUID]) -> Sources:
    held = Chunk.objects.filter(job__in=ids, node=node, state__in=HELD_STATES)
    sources: Sources = {}
    for chunk in held.select_related("job__recording__camera__site"):
        recording = chunk.job.recording
        sources[chunk.job_id, chunk.epoch] = Source(
            recording.camera, recording.started_at, latest_of_job(chunk.job), job=chunk.job
        )
    return sources


def specs_of(sources: Iterable[Source], submissions: Sequence[EventSubmission]) -> Specs:
    """What the node was told to look for, of what the events name and as far as it still holds."""
    wanted = {(submission.rule_id, submission.rule_version) for submission in submissions}
    specs: Specs = {}
    leases = []
    for source in sources:
        if source.lease is not None:
            leases.append(source.lease)
        elif source.job is not None:
            config = CameraConfig.model_validate(source.job.config)
            specs |= {(source.job.id, rule.rule_id, rule.version): rule.spec for rule in config.rules}
    return specs | _stream_specs(leases, wanted) if leases else specs


def _stream_specs(leases: Sequence[StreamLease], wanted: Collection[tuple[int, int]]) -> Specs:
    cameras = {lease.stream.camera_id for lease in leases}
    overrides: dict[tuple[int, int], list[RuleOverride]] = defaultdict(list)
    for override in RuleOverride.objects.filter(camera__in=cameras, rule__in={rule for rule, _ in wanted}).order_by(
        "zone"
    ):
        overrides[override.camera_id, override.rule_id].append(override)
    specs: Specs = {}
    for version in _versions(wanted):
        rule = version.rule_id, version.number
        for lease in leases:
            if list(rule) not in lease.rules:
                continue
            stream = lease.stream
            try:
                spec = spec_with(version.parsed, stream.camera.name, overrides[stream.camera_id, version.rule_id])
            except ValidationError:
                continue  # changed since the node was told: to be looked at by itself
            specs[stream.id, *rule] = spec
    return specs


def _versions(wanted: Collection[tuple[int, int]]) -> Iterable[RuleVersion]:
    either = Q()
    for rule_id, number in wanted:
        either |= Q(rule=rule_id, number=number)
    return RuleVersion.objects.filter(either)
