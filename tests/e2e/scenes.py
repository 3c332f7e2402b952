"""A platform with something to look at: sites, people, and real events cut from real footage by the real pipeline."""

from __future__ import annotations

import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from guardian.shortcuts import assign_perm

from alerts.choices import AlertState, Channel, DeliveryState
from alerts.models import Alert, AlertEvent, AlertPolicy, Delivery, OnCallGroup, OnCallMember
from cameras.choices import RecordingState, SourceKind, ZoneKind
from cameras.models import Camera, CameraGroup, Recording, Site, Zone
from events.choices import Verdict
from events.models import Clip, Event
from events.services.storing import event_message
from reports.choices import RunState
from reports.models import ReportFile, Run
from rules.engine.frames import FrameTracks
from rules.frozen import camera_config
from rules.models import Rule
from rules.services import rule_create
from tests.assets import asset_path
from vms.accounts.models import User
from vms.storage.media import media_adopt, media_write
from workers.choices import JobState
from workers.models import Job, WorkerNode
from workers.runtime.contract import BoxSidecar, ChunkWork, ClipMeta, EventEnd, EventSubmission
from workers.runtime.detectors import DetectorSettings, load_detector
from workers.runtime.pipeline import process_chunk

PASSWORD = "night-shift-7"
DURATION_MS = 25_000
STAY = """\
name: Loitering at the path
severity: high
who: {classes: [person]}
when: {type: zone_presence, zone: Path, dwell_seconds: 6}
message: "Person stays on the path at {camera}"
"""
CROSS = """\
name: Kerb crossed
severity: medium
who: {classes: [person]}
when: {type: line_crossing, line: Kerb}
message: "Person crosses the kerb at {camera}"
"""


class DatabaseSink:
    """Stores what the pipeline finds straight into the tables, as the internal API would."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.zero = job.recording.started_at

    def started(self, event: EventSubmission) -> None:
        rule = Rule.objects.get(id=event.rule_id)
        spec = rule.versions.get(number=event.rule_version).parsed
        camera = self.job.recording.camera
        Event.objects.create(
            id=event.event_id,
            camera=camera,
            rule=rule,
            rule_version=event.rule_version,
            job=self.job,
            track_id=event.track_id,
            class_name=event.class_name,
            confidence=event.confidence,
            severity=event.severity,
            message=event_message(spec, event.class_name, camera.name),
            started_at=self.zero + timedelta(milliseconds=event.start_ms),
            box_xyxy=list(event.box_xyxy),
            evidence=event.evidence,
        )

    def ended(self, end: EventEnd) -> None:
        ended_at = self.zero + timedelta(milliseconds=end.end_ms)
        Event.objects.filter(id=end.event_id).update(state="ended", ended_at=ended_at)

    def clip(self, event_id: uuid.UUID, path: Path, meta: ClipMeta, sidecar: BoxSidecar) -> None:
        clip, _ = Clip.objects.get_or_create(event_id=event_id)
        clip.video_bytes = path.stat().st_size
        media_adopt(path, f"clips/{event_id}.mp4")
        media_write(f"clips/{event_id}.json", [sidecar.model_dump_json().encode()])
        clip.video_name, clip.boxes_name = f"clips/{event_id}.mp4", f"clips/{event_id}.json"
        clip.codec, clip.duration_ms, clip.moment_ms = meta.codec, meta.duration_ms, meta.moment_ms
        clip.save()

    def no_clip(self, event_id: uuid.UUID) -> None:
        """Nothing to keep."""

    def snapshot(self, event_id: uuid.UUID, path: Path) -> None:
        clip, _ = Clip.objects.get_or_create(event_id=event_id)
        media_adopt(path, f"clips/{event_id}.jpg")
        clip.snapshot_name = f"clips/{event_id}.jpg"
        clip.save()

    def tracked(self, frame: FrameTracks) -> None:
        """No track log is kept."""

    def rules_finished(self) -> None:
        """No track log is kept."""

    def progress(self, position_ms: int, frames_analysed: int) -> None:
        pass


def people() -> tuple[User, User]:
    """An admin, and a guard without any camera yet."""
    admin = User.objects.create_superuser("mara", "mara@example.com", PASSWORD, first_name="Mara")
    guard = User.objects.create_user("guard", "guard@example.com", PASSWORD, first_name="Jonas", last_name="Weber")
    return admin, guard


def campus(admin: User) -> Camera:
    site = Site.objects.create(name="Campus North", time_zone="Europe/Berlin")
    camera = Camera.objects.create(site=site, name="Forecourt")
    Zone.objects.create(
        camera=camera, name="Path", kind=ZoneKind.POLYGON, points=[[0.04, 0.42], [0.62, 0.3], [0.74, 0.62], [0.1, 0.97]]
    )
    Zone.objects.create(camera=camera, name="Kerb", kind=ZoneKind.LINE, points=[[0.3, 0.3], [0.62, 0.95]])
    for document in (STAY, CROSS):
        rule_create(user=admin, document=document, cameras=[camera])
    return camera


def analysed_job(camera: Camera, admin: User, *, started_at: datetime) -> Job:
    """The recording run through the real pipeline in this process."""
    footage = asset_path("videos/vtest_h264.mp4")
    job = _job(camera, admin, "forecourt_evening.mp4", started_at)
    job.config = camera_config(camera).config.model_dump(mode="json")
    job.save()
    work = ChunkWork(
        job_id=job.id,
        chunk_index=0,
        chunk_count=1,
        epoch=1,
        recording_id=job.recording_id,
        recording_bytes=footage.stat().st_size,
        recording_sha256="",
        container_format="mov,mp4,m4a,3gp,3g2,mj2",
        duration_ms=DURATION_MS,
        start_ms=0,
        end_ms=DURATION_MS,
        is_last=True,
        camera=camera_config(camera).config,
        state=None,
    )
    detector = load_detector(DetectorSettings(models_dir=Path(settings.MODELS_DIR)))
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.MEDIA_ROOT) as folder:
        result = process_chunk(work, footage, detector, DatabaseSink(job), Path(folder))
    detector.close()
    job.state, job.frames_analysed = JobState.DONE, result.frames_analysed
    job.position_ms, job.ended_at = DURATION_MS, timezone.now()
    job.save()
    return job


def _job(camera: Camera, admin: User, name: str, started_at: datetime) -> Job:
    recording = Recording.objects.create(
        camera=camera,
        uploaded_by=admin,
        original_name=name,
        started_at=started_at,
        state=RecordingState.ACCEPTED,
        size_bytes=8_100_000,
        sha256="0" * 64,
        facts={"duration_ms": DURATION_MS, "codec": "h264", "width": 768, "height": 576, "fps": 10.0},
    )
    return Job.objects.create(recording=recording, started_at=timezone.now() - timedelta(minutes=3))


def other_jobs(camera: Camera, admin: User) -> Job:
    """One that runs, one that was refused, one that lost frames."""
    now = timezone.now()
    running = _job(camera, admin, "loading_bay_0300.mkv", now - timedelta(hours=2))
    running.state, running.position_ms, running.frames_analysed = JobState.RUNNING, 33_400, 167
    running.started_at = now - timedelta(seconds=9)
    running.save()
    refused = _job(camera, admin, "holiday photos.mp4", now)
    refused.state, refused.ended_at, refused.error = JobState.FAILED, now, "This is a ZIP archive, not a recording."
    refused.save()
    Recording.objects.filter(id=refused.recording_id).update(state=RecordingState.REFUSED, refusal=refused.error)
    short = _job(camera, admin, "gate_cut_off.mp4", now - timedelta(days=1))
    short.state, short.ended_at, short.frames_analysed, short.frames_lost = JobState.DONE, now, 19, 187
    short.notes = ["The file is cut off: 187 of 206 frames could not be read and were not analysed."]
    short.save()
    return running


def alerts_for(events: list[Event], admin: User) -> None:
    policy = AlertPolicy.objects.create(name="Night guard", channels=[Channel.IN_APP, Channel.EMAIL])
    policy.recipients.set([admin])
    group = OnCallGroup.objects.create(name="Nights", shift_days=7, first_day=timezone.localdate())
    OnCallMember.objects.create(group=group, user=admin)
    policy.on_call.add(group)
    for number, event in enumerate(events):
        severity = ["critical", "high", "medium", "low"][number % 4]
        alert = Alert.objects.create(policy=policy, event=event, camera=event.camera, severity=severity)
        AlertEvent.objects.create(alert=alert, event=event, policy=policy)
        Delivery.objects.create(
            alert=alert, recipient=admin, channel=Channel.IN_APP, state=DeliveryState.SENT, sent_at=timezone.now()
        )
        state = [DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.FAILED][number % 3]
        detail = "mail.example.com refused the connection" if state == DeliveryState.FAILED else ""
        Delivery.objects.create(alert=alert, recipient=admin, channel=Channel.EMAIL, state=state, detail=detail)
        if number % 5 == 4:
            Alert.objects.filter(id=alert.id).update(
                state=AlertState.ACKNOWLEDGED, acknowledged_at=timezone.now(), acknowledged_by=admin
            )


def reports_for(admin: User) -> None:
    now = timezone.now()
    for title, state in (("Events of today", RunState.RUNNING), ("Week 47, Campus North", RunState.DONE)):
        run = Run.objects.create(
            title=title, requested_by=admin, period_start=now - timedelta(days=7), period_end=now, state=state
        )
        if state == RunState.DONE:
            for name in ("pdf", "xlsx", "csv"):
                ReportFile.objects.create(run=run, format=name, file_name=f"reports/{run.id}.{name}", size_bytes=48_213)


def full_platform() -> User:
    """Everything at once, for looking at the pages."""
    admin, guard = people()
    camera = campus(admin)
    assign_perm("view_camera", guard, camera)
    assign_perm("review_camera", guard, camera)
    harbour = Site.objects.create(name="Harbour", time_zone="America/Halifax")
    Camera.objects.create(site=harbour, name="Quay 4 east", source_kind=SourceKind.RTSP, enabled=False)
    gate = Camera.objects.create(site=harbour, name="Container gate")
    CameraGroup.objects.create(name="Gates").cameras.add(gate)
    WorkerNode.objects.create(
        name="gpu-1",
        sealed_token="-",
        detector="openvino",
        model="yolo11n (int8)",
        hostname="gpu-1",
        seen_at=timezone.now() + timedelta(hours=1),
    )
    started_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    analysed_job(camera, admin, started_at=started_at)
    other_jobs(camera, admin)
    events = list(Event.objects.order_by("-started_at"))
    Event.objects.filter(id=events[1].id).update(
        verdict=Verdict.FALSE, verdict_note="Cleaner, works until 22:00", reviewed_by=guard, reviewed_at=timezone.now()
    )
    Event.objects.filter(id=events[2].id).update(verdict=Verdict.TRUE, reviewed_by=guard, reviewed_at=timezone.now())
    alerts_for(events, admin)
    reports_for(admin)
    return admin
