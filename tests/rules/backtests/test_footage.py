"""A real recording analysed as a node does it, and the same rules tried on the track log that this wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from bench.simulator import StreamProfile, footage_encode
from cameras.models import Camera, Recording
from events.models import Event, TrackLog
from events.services import event_end, event_ingest, track_log_store
from rules.backtests.running import backtest_run
from rules.backtests.selectors import backtest_get, backtest_hits
from rules.backtests.services import Period, backtest_ask
from rules.choices import HitKind
from rules.engine.frames import FrameTracks
from rules.engine.track_log import Segment
from rules.models import Rule
from rules.services import rule_create
from tests.cameras.world import make_camera, make_facts, make_job, make_user
from tests.rules.backtests.world import ZERO
from tests.runtime.chunks import RememberingSink
from tests.runtime.footage import asset
from tests.workers.leased import boot_id, claim, make_node
from vms.accounts.choices import Role
from vms.accounts.models import User
from workers.models import Job, WorkerNode
from workers.runtime.contract import ChunkCheckpoint, ChunkWork, EventEnd, EventSubmission
from workers.runtime.detectors.base import Detector
from workers.runtime.pipeline import process_chunk
from workers.runtime.track_recorder import TrackRecorder, chunk_origin
from workers.services.chunks import chunk_checkpoint
from workers.services.jobs import job_accept

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SECONDS = 30
RULES = (
    "name: Dwell\nwho: {classes: [person]}\nwhen: {in_zone: {zone: Path, for: 4s}}",
    "name: Passes\nwho: {classes: [person]}\nwhen: {crosses: West}",
    "name: Crowd\nwhen: {count: {zone: Path, who: {classes: [person]}, at_least: 3, for: 1s}}",
    "name: Quick\nwho: {classes: [person]}\nwhen: {all: [{in_zone: Path}, {speed: {above: 0.5, for: 1s}}]}",
    "name: Parked\nwho: {classes: [car, truck, bus]}\nwhen: {stationary: {for: 10s, gap: 2s}}",
)


@dataclass(slots=True, kw_only=True)
class PlatformSink(RememberingSink):
    """Under one lease: a node's sink with the platform's services behind it instead of its outbox."""

    node: WorkerNode
    work: ChunkWork
    recorder: TrackRecorder = field(init=False)

    def __post_init__(self) -> None:
        self.recorder = TrackRecorder(chunk_origin(self.work, "yolo11n"), self.keep)

    def keep(self, segment: Segment) -> None:
        assert track_log_store(node=self.node, data=segment.data)

    def started(self, event: EventSubmission) -> None:
        event_ingest(node=self.node, submission=event)

    def ended(self, end: EventEnd) -> None:
        event_end(node=self.node, end=end)

    def tracked(self, frame: FrameTracks) -> None:
        self.recorder.add(frame)

    def rules_finished(self) -> None:
        self.recorder.close(finished=True)


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGE_RESERVE_BYTES = 0


@pytest.fixture
def ada() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def campus() -> Camera:
    camera = make_camera("Campus")
    camera.zones.create(name="Path", kind="polygon", points=[[0, 0.3], [1, 0.2], [1, 0.7], [0, 0.7]])
    camera.zones.create(name="West", kind="line", points=[[0.12, 0.32], [0.12, 0.5]])
    return camera


def analyse(job: Job, film: Path, detector: Detector, folder: Path) -> None:
    """Chunk by chunk, each under a lease of its own."""
    node, is_over = make_node(), False
    while not is_over:
        work = claim(node, job)
        sink = PlatformSink(node=node, work=work)
        result = process_chunk(work, film, detector, sink, folder)
        sink.recorder.close()
        checkpoint = ChunkCheckpoint(
            boot_id=boot_id(node),
            epoch=work.epoch,
            frames_analysed=result.frames_analysed,
            frames_lost=result.frames_lost,
            state=json.loads(json.dumps(result.state)),
        )
        is_over = chunk_checkpoint(node=node, job_id=job.id, index=work.chunk_index, checkpoint=checkpoint)


def events_of(rule: Rule) -> list[tuple[object, ...]]:
    events = Event.objects.filter(rule=rule).order_by("started_at", "track_id")
    return [(each.id, each.track_id, each.started_at, each.ended_at, each.evidence) for each in events]


def tried(user: User, rule: Rule, camera: Camera) -> list[tuple[object, ...]]:
    """What the version in force finds in the track log."""
    period = Period(ZERO, ZERO + timedelta(seconds=SECONDS))
    asked = backtest_ask(user=user, rule=rule, cameras=[camera], period=period, version=rule.versions.first())
    backtest_run(backtest_id=asked.id)
    hits = backtest_hits(user, backtest_get(user, asked.id)).order_by("started_at", "track_id")
    return [(each.kind, each.event_id, each.track_id, each.started_at, each.ended_at, each.evidence) for each in hits]


def test_a_backtest_of_real_footage_finds_exactly_the_events_of_the_analysis(
    ada: User, campus: Camera, detector: Detector, tmp_path: Path
) -> None:
    film = footage_encode(
        asset("videos/vtest_h264.mp4"), tmp_path / "campus.mp4", StreamProfile(frames_per_second=10, seconds=SECONDS)
    )
    rules = [rule_create(user=ada, document=each, cameras=[campus]) for each in RULES]
    job = make_job(ada, campus)
    job_accept(job_id=job.id, facts=make_facts(duration_ms=SECONDS * 1000, container_format="mov"))
    Recording.objects.filter(id=job.recording_id).update(started_at=ZERO)
    analyse(job, film, detector, tmp_path)
    analysed = [events_of(rule) for rule in rules]
    assert all(analysed)
    assert TrackLog.objects.count() > 1
    assert [tried(ada, rule, campus) for rule in rules] == [
        [(HitKind.KEPT, *event) for event in events] for events in analysed
    ]
