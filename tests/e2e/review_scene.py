"""A night at a campus for the pages of events and alerts: rows with real pictures, put straight into the database."""

from __future__ import annotations

import io
import shutil
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import av
from django.utils import timezone
from guardian.shortcuts import assign_perm

from alerts.choices import Channel, DeliveryState
from alerts.models import Alert, AlertEvent, AlertPolicy, Delivery
from cameras.choices import SourceKind
from cameras.models import Camera, CoverageSpan, Site, Zone
from events.models import Clip, Event
from rules.engine.schema import parse_rule
from rules.models import Rule, RuleVersion
from tests.assets import asset_path
from vms.accounts.models import User
from vms.storage.media import media_path, media_write
from workers.runtime.contract import BoxSample, BoxSidecar

WORD = "night-shift-7"
FOOTAGE = "videos/vtest_h264.mp4"
MOMENT_MS = 5_000
DURATION_MS = 79_500
BOX = (0.45, 0.35, 0.53, 0.62)
STAY = "name: {name}\nwhen: {{type: zone_presence, zone: Path, dwell_seconds: 6}}\n"
HAPPENINGS = (
    ("Loitering at the path", "high", "Person stays on the path at {camera}"),
    ("Kerb crossed", "medium", "Person crosses the kerb at {camera}"),
    ("Vehicle at the gate", "low", "Car waits at {camera}"),
    ("Perimeter", "critical", "Person climbs the fence at {camera}"),
)


@dataclass(frozen=True)
class Night:
    admin: User
    guard: User
    cameras: list[Camera]
    events: list[Event]
    """Newest first; the first two are seconds apart, on two cameras."""


def night(*, count: int = 30, now: datetime | None = None) -> Night:
    now = (now or timezone.now()).replace(microsecond=0)
    admin = User.objects.create_superuser("mara", "mara@example.com", WORD, first_name="Mara")
    guard = User.objects.create_user("jonas", "jonas@example.com", WORD, first_name="Jonas", last_name="Weber")
    cameras = _cameras()
    for camera in cameras[:3]:
        assign_perm("view_camera", guard, camera)
        assign_perm("review_camera", guard, camera)
    _files()
    events = [_event(cameras, number, now) for number in range(count)]
    _alerts(events[::3], admin, guard)
    for number, camera in enumerate(cameras):
        _coverage(camera, now, number)
    return Night(admin, guard, cameras, events)


def _cameras() -> list[Camera]:
    campus = Site.objects.create(name="Campus North", time_zone="Europe/Berlin")
    harbour = Site.objects.create(name="Harbour", time_zone="America/Halifax")
    places = [(campus, "Forecourt"), (campus, "Loading bay"), (campus, "Main gate"), (harbour, "Quay 4 east")]
    cameras = [Camera(site=site, name=name, source_kind=SourceKind.RTSP) for site, name in places]
    for camera in cameras:
        camera.url = "rtsp://10.255.255.1/stream2"
        camera.save()
        Zone.objects.create(camera=camera, name="Path", kind="polygon", points=[[0.1, 0.3], [0.7, 0.3], [0.7, 0.9]])
    return cameras


def _files() -> None:
    """One clip for all of them: a real one, with a picture and a box that walks."""
    folder = media_path("clips")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(asset_path(FOOTAGE), folder / "night.mp4")
    with av.open(str(asset_path(FOOTAGE))) as film:
        picture = next(film.decode(video=0)).to_image()  # type: ignore[no-untyped-call]
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG")
    media_write("clips/night.jpg", [jpeg.getvalue()])
    samples = [
        BoxSample(at_ms=at, track_id=7, class_name="person", confidence=0.81, box_xyxy=BOX)
        for at in range(0, 30_000, 200)
    ]
    sidecar = BoxSidecar(width=768, height=576, event_track_id=7, samples=tuple(samples))
    media_write("clips/night.json", [sidecar.model_dump_json().encode()])


def _event(cameras: list[Camera], number: int, now: datetime) -> Event:
    camera = cameras[number % len(cameras)]
    name, severity, message = HAPPENINGS[number % 4]
    started_at = now - timedelta(minutes=4 + 37 * (number // 2), seconds=11 * (number % 2))
    ended_at = started_at + timedelta(seconds=9)
    event = Event.objects.create(
        id=uuid.uuid5(uuid.NAMESPACE_OID, f"night {number}"),
        camera=camera,
        rule=_rule(name, camera),
        rule_version=1,
        track_id=7,
        class_name="car" if number % 4 == 2 else "person",
        confidence=0.81,
        severity=severity,
        message=message.format(camera=camera.name),
        started_at=started_at,
        ended_at=ended_at,
        state="ended",
        box_xyxy=list(BOX),
        evidence={"condition": "zone_presence", "zone": "Path", "dwell_seconds": 6},
    )
    names = {"video_name": "clips/night.mp4", "boxes_name": "clips/night.json", "snapshot_name": "clips/night.jpg"}
    Clip.objects.create(
        event=event, moment_ms=MOMENT_MS, duration_ms=DURATION_MS, video_bytes=8_711_213, codec="h264", **names
    )
    return event


def _rule(name: str, camera: Camera) -> Rule:
    rule, new = Rule.objects.get_or_create(name=name)
    rule.cameras.add(camera)
    if new:
        document = STAY.format(name=name)
        spec = parse_rule(document).model_dump(mode="json")
        RuleVersion.objects.create(rule=rule, number=1, document=document, spec=spec)
    return rule


def _alerts(events: list[Event], admin: User, guard: User) -> None:
    policy = AlertPolicy.objects.create(name="Night guard", channels=[Channel.IN_APP, Channel.EMAIL])
    policy.recipients.set([admin, guard])
    for event in events:
        alert = Alert.objects.create(policy=policy, event=event, camera=event.camera, severity=event.severity)
        AlertEvent.objects.create(alert=alert, event=event, policy=policy)
        sent = {"state": DeliveryState.SENT, "sent_at": timezone.now()}
        Delivery.objects.create(alert=alert, recipient=guard, channel=Channel.IN_APP, **sent)


def _coverage(camera: Camera, now: datetime, number: int) -> None:
    """Two days, with a blind hour and a slow one at other times on each camera."""
    end = now.replace(second=0)
    at = end - timedelta(days=2)
    gaps = [
        (timedelta(hours=31 + number), timedelta(hours=1), "blind", "It does not answer at its address"),
        (timedelta(hours=42 + number), timedelta(minutes=25), "degraded", "Pictures come too slowly"),
    ]
    for begins, lasts, state, reason in gaps:
        start = end - timedelta(days=2) + begins
        CoverageSpan.objects.create(camera=camera, state="analysed", started_at=at, ended_at=start)
        CoverageSpan.objects.create(camera=camera, state=state, reason=reason, started_at=start, ended_at=start + lasts)
        at = start + lasts
    CoverageSpan.objects.create(camera=camera, state="analysed", started_at=at, ended_at=end)
