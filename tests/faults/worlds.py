"""A camera with rules, recordings of it ready to be analysed, and what a finished job has left behind."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from cameras.models import Camera, Recording, Site, Zone
from cameras.services.recordings import recording_path
from events.models import Event, TrackLog
from events.track_reading import frames_of
from rules.engine.schema import RuleSpec, Who
from rules.models import Rule, RuleVersion
from tests.runtime.footage import Scene
from vms.storage.media import media_path
from workers.models import Job
from workers.services.jobs import job_create
from workers.services.validation import job_validate

STARTED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_watched_camera(scene: Scene, *, anything_counts: bool) -> Camera:
    """A camera with the scene's zones and rules; ``anything_counts`` also takes what motion detection calls motion."""
    camera = Camera.objects.create(site=Site.objects.create(name="Campus"), name="West path")
    for zone in scene.zones:
        Zone.objects.create(camera=camera, name=zone.name, kind=zone.kind, points=zone.model_dump()["points"])
    for spec in scene.rules:
        add_rule(camera, spec.model_copy(update={"who": Who()}) if anything_counts else spec)
    return camera


def add_rule(camera: Camera, spec: RuleSpec) -> Rule:
    rule = Rule.objects.create(name=spec.name)
    rule.cameras.add(camera)
    RuleVersion.objects.create(rule=rule, number=1, document="", spec=spec.model_dump(mode="json"))
    return rule


def make_accepted_job(camera: Camera, source: Path) -> Job:
    """As after an upload: the file in its place, checked, cut into chunks, and a worker called."""
    recording = Recording(camera=camera, original_name=source.name, started_at=STARTED_AT)
    path = recording_path(recording.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, path)
    recording.size_bytes = path.stat().st_size
    recording.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    recording.save()
    job = job_create(recording=recording)
    job_validate(job_id=job.id)
    job.refresh_from_db()
    return job


@dataclass(frozen=True)
class FoundEvent:
    """An event and the bytes that belong to it, without the ids that differ from job to job."""

    rule: str
    track_id: int
    class_name: str
    started_at: datetime
    ended_at: datetime | None
    message: str
    video: str
    boxes: str
    snapshot: str

    @property
    def start_ms(self) -> int:
        return round((self.started_at - STARTED_AT).total_seconds() * 1000)


def found_events(job: Job) -> list[FoundEvent]:
    events = Event.objects.filter(job=job).select_related("rule", "clip")
    return sorted((_found(event) for event in events), key=lambda found: (found.started_at, found.rule, found.track_id))


def _found(event: Event) -> FoundEvent:
    return FoundEvent(
        rule=event.rule.name,
        track_id=event.track_id,
        class_name=event.class_name,
        started_at=event.started_at,
        ended_at=event.ended_at,
        message=event.message,
        video=_digest(event.clip.video_name),
        boxes=_digest(event.clip.boxes_name),
        snapshot=_digest(event.clip.snapshot_name),
    )


def _digest(name: str) -> str:
    return hashlib.sha256(media_path(name).read_bytes()).hexdigest()


def files_under(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def files_wanted() -> set[str]:
    """The names that rows speak of: whatever else lies in the media folder is an orphan."""
    names = Event.objects.values_list("clip__video_name", "clip__boxes_name", "clip__snapshot_name")
    return {name for row in names for name in row if name} | set(TrackLog.objects.values_list("name", flat=True))


def media_orphans() -> set[str]:
    return files_under(Path(settings.MEDIA_ROOT)) - files_wanted()


def tracked_times(job: Job) -> list[int]:
    """The time of every frame that the job's track log holds."""
    rows = TrackLog.objects.filter(job=job).order_by("start_ms")
    return [frame.timestamp_ms for row in rows for frame in frames_of(row)]


def duplicate_keys(job: Job) -> list[tuple[object, ...]]:
    keys = list(Event.objects.filter(job=job).values_list("rule_id", "track_id", "started_at"))
    return [key for key in set(keys) if keys.count(key) > 1]


def job_of(job_id: uuid.UUID) -> Job:
    return Job.objects.get(id=job_id)
