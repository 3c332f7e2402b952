"""A camera over a yard, an hour of its track log, and the events that its live rule made of it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cameras.models import Camera
from events.choices import EventState, Verdict
from events.models import Event, TrackLog
from events.services.track_logs import PURPOSE
from rules.backtests.services import Period, backtest_ask
from rules.choices import VersionState
from rules.engine.evaluation import ActiveRule
from rules.engine.frames import FrameTracks
from rules.engine.replay import Replay
from rules.engine.track_log import SegmentOrigin, encode_segment, quantised
from rules.frozen import camera_config
from rules.models import Backtest, Rule
from rules.services import rule_create
from tests.api.clients import make_event
from tests.cameras.world import make_camera
from tests.engine.walks import Sighting, frame
from vms.accounts.models import User
from vms.storage.encryption import seal
from vms.storage.media import media_write
from workers.models import Stream, StreamLease, ToldConfig

ZERO = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SQUARE = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]]
STEP_MS = 200
VISIT_EVERY_MS = 300_000
DOCUMENT = """
name: {name}
who: {{classes: [person], min_confidence: {sure}}}
when: {{in_zone: {{zone: Yard, for: {seconds}s}}}}
"""


def document(name: str = "Loiterer", seconds: float = 5, sure: float = 0.4) -> str:
    return DOCUMENT.format(name=name, seconds=seconds, sure=sure)


def visits(minutes: int = 60, stays: Sequence[int] = (4, 8, 30)) -> list[FrameTracks]:
    """Every five minutes somebody else stands in the yard: for 4, 8 and 30 s in turn; 8 s stays are faint ones."""
    frames = []
    for at_ms in range(0, minutes * 60_000, STEP_MS):
        visit, since = divmod(at_ms, VISIT_EVERY_MS)
        seconds = stays[visit % len(stays)]
        here = since < seconds * 1000
        sight = Sighting(0.5, 0.5, confidence=0.5 if seconds == 8 else 0.9)
        frames.append(quantised(frame(at_ms, {visit + 1: sight} if here else {})))
    return frames


def make_stream(name: str = "Yard cam") -> Stream:
    camera = make_camera(name)
    camera.zones.create(name="Yard", kind="polygon", points=SQUARE)
    return Stream.objects.create(camera=camera, started_at=ZERO)


def log_tracks(stream: Stream, frames: Sequence[FrameTracks], *, epoch: int = 1, minutes: int = 5) -> None:
    """As a node would have sent them, in segments of some minutes."""
    by_segment: dict[int, list[FrameTracks]] = {}
    for each in frames:
        by_segment.setdefault(each.timestamp_ms // (minutes * 60_000), []).append(each)
    for part in by_segment.values():
        log_segment(stream, part, epoch=epoch)


def log_segment(stream: Stream, frames: Sequence[FrameTracks], *, epoch: int = 1, finished: bool = False) -> TrackLog:
    origin = SegmentOrigin(camera_id=stream.camera_id, owner_id=stream.id, epoch=epoch, interval_ms=STEP_MS)
    data = encode_segment(origin, frames, finished=finished)
    name = f"tracks/{uuid.uuid4()}.tracks"
    media_write(name, [seal(data, purpose=PURPOSE, name=name)])
    first_ms, last_ms = frames[0].timestamp_ms, frames[-1].timestamp_ms
    return TrackLog.objects.create(
        camera=stream.camera,
        stream=stream,
        epoch=epoch,
        start_ms=first_ms,
        end_ms=last_ms,
        starts_at=ZERO + timedelta(milliseconds=first_ms),
        ends_at=ZERO + timedelta(milliseconds=last_ms),
        frames=len(frames),
        objects_seen=sum(len(each.track_ids) for each in frames),
        finished=finished,
        size_bytes=len(data),
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def make_live_rule(admin: User, *cameras: Camera, text: str = "") -> Rule:
    return rule_create(user=admin, document=text or document(), cameras=cameras)


def live_events(stream: Stream, rule: Rule, frames: Sequence[FrameTracks]) -> list[Event]:
    """What the rule in force made of these frames."""
    version = rule.versions.get(state=VersionState.PUBLISHED)
    zones = [zone.shape for zone in stream.camera.zones.all()]
    replay = Replay(ActiveRule(rule.id, version.number, version.parsed), zones)
    hits = [*replay.play(frames), *replay.finish()]
    return [
        make_event(
            stream.camera,
            rule,
            stream=stream,
            track_id=hit.started.track_id,
            started_at=ZERO + timedelta(milliseconds=hit.started.start_ms),
            ended_at=ZERO + timedelta(milliseconds=hit.end_ms or 0),
            state=EventState.ENDED,
            confidence=hit.started.confidence,
            evidence=hit.started.evidence,
            box_xyxy=list(hit.started.box_xyxy),
        )
        for hit in hits
    ]


def judge(events: Sequence[Event], verdict: Verdict) -> None:
    Event.objects.filter(id__in=[event.id for event in events]).update(verdict=verdict)


def make_backtest(user: User, rule: Rule, *cameras: Camera) -> Backtest:
    """One that waits."""
    hour = Period(ZERO, ZERO + timedelta(hours=1))
    return backtest_ask(user=user, rule=rule, cameras=cameras, period=hour, version=rule.versions.first())


def tell(stream: Stream, *, until_ms: int | None = None) -> None:
    """A node claims the stream at its start, and is told how things are now."""
    config = camera_config(stream.camera, ZERO).config
    told = ToldConfig.objects.create(stream=stream, digest="1", config=config.model_dump(mode="json"))
    rules = [[each.rule_id, each.version] for each in config.rules]
    StreamLease.objects.create(
        stream=stream, epoch=1, boot_id=uuid.uuid4(), rules=rules, told=told, from_ms=0, until_ms=until_ms
    )
