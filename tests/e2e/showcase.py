"""Three sites by day and night, with everything that pages can show: for looking at them (``screenshots``)."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import av
from django.db import close_old_connections
from django.utils import timezone
from guardian.shortcuts import assign_perm

from alerts.models import (
    Alert,
    AlertEvent,
    AlertPolicy,
    Delivery,
    Endpoint,
    EndpointHealth,
    OnCallGroup,
    OnCallMember,
)
from cameras.models import Camera, CameraDraft, CameraGroup, CameraHealth, CoverageSpan, Site, WallLayout, Zone
from cameras.services.pictures import LivePicture, picture_store
from events.models import Clip, Event, Export, SavedFilter
from rules.backtests.results import CameraResult
from rules.engine.schema import parse_rule
from rules.learning.proposals import rule_learn
from rules.models import Backtest, BacktestCamera, BacktestHit, Rule
from rules.services import rule_create
from tests.assets import asset_path
from tests.e2e.scenes import PASSWORD, full_platform
from vms.accounts.models import User
from vms.storage.media import media_write
from workers.models import DeadLetter, Stream, WorkerNode
from workers.runtime.contract import LiveBox

PICTURES_EVERY_SECONDS = 3
FILMS = {
    "motorway": "videos/adam_traffic_demo.mp4",
    "yard": "videos/felix_ppe.mp4",
    "hall": "videos/intel_one-by-one-person-detection.mp4",
    "campus": "videos/vtest_h264.mp4",
    "room": "videos/gmdcsa24/s1_Fall_13.mp4",
}
PLACES = (
    ("Logistics park Süd", "Ramp A, northbound lane", "motorway", "online", ""),
    ("Logistics park Süd", "Assembly point", "yard", "online", ""),
    ("Logistics park Süd", "Hall 3, picking", "hall", "online", ""),
    ("Logistics park Süd", "Gatehouse", "campus", "degraded", "Pictures come too slowly"),
    ("Logistics park Süd", "Rest room corridor", "room", "online", ""),
    ("Harbour", "Berth 2", "campus", "online", ""),
    ("Harbour", "Access road", "motorway", "online", ""),
    ("Harbour", "Warehouse 7", "hall", "offline", "It does not answer at its address"),
    ("Harbour", "Crane, maintenance platform", "yard", "online", ""),
)
RULES = (
    ("Loitering at the gate", "high", "person", "{camera}: somebody has stood at the gate for two minutes"),
    ("No helmet", "critical", "person", "{camera}: person without a helmet near the crane"),
    ("Vehicle on the wrong lane", "medium", "car", "{camera}: car against the direction of traffic"),
    ("After-hours presence", "low", "person", "{camera}: somebody is here outside of opening hours"),
    ("Person down", "critical", "person", "{camera}: person lies on the floor"),
)
DOCUMENT = (
    "name: {}\nseverity: {}\nwho: {{classes: [{}]}}\nwhen: {{type: zone_presence, zone: Floor, dwell_seconds: 5}}\n"
)
VERDICTS = ("unreviewed", "unreviewed", "true", "false", "unreviewed")


def showcase() -> dict[int, bytes]:
    """Seeds it all; what each live camera shows now."""
    admin = full_platform()
    films = {name: _film(path) for name, path in FILMS.items()}
    cameras = [_camera(number, *place) for number, place in enumerate(PLACES)]
    rules = [rule_create(user=admin, document=DOCUMENT.format(*rule[:3]), cameras=cameras) for rule in RULES]
    _people(cameras)
    events = [_event(cameras[number % 9], rules[number % 5], number, films) for number in range(90)]
    for number, event in enumerate(events[::2]):
        _alert(event, number, admin)
    _further(admin, cameras, events)
    _backtest(admin, rules[0], cameras, events)
    _learnt(admin, cameras, films)
    shows = {
        camera.id: films[place[2]][number % 3]
        for number, (camera, place) in enumerate(zip(cameras, PLACES, strict=True))
    }
    return {camera: picture for camera, picture in shows.items() if camera != cameras[7].id}


@contextmanager
def live_pictures(pictures: dict[int, bytes]) -> Iterator[None]:
    """As a worker would, for as long as the block lasts."""
    over = threading.Event()
    boxes = (LiveBox(track_id=7, class_name="person", confidence=0.86, box_xyxy=(0.38, 0.36, 0.46, 0.74)),)

    def send() -> None:
        while not over.is_set():
            for camera_id, jpeg in pictures.items():
                picture_store(camera_id=camera_id, picture=LivePicture(timezone.now(), boxes, jpeg))
            over.wait(PICTURES_EVERY_SECONDS)
        close_old_connections()

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()


def _film(path: str) -> list[bytes]:
    """Three moments of it, as pictures that are wider than high."""
    pictures: list[bytes] = []
    with av.open(str(asset_path(path))) as film:
        for number, frame in enumerate(film.decode(video=0)):
            if number % 60 == 45:
                image = frame.to_image()  # type: ignore[no-untyped-call]
                height = min(image.height, image.width * 9 // 16)
                top = (image.height - height) // 2
                jpeg = io.BytesIO()
                image.crop((0, top, image.width, top + height)).resize((960, 540)).save(jpeg, "JPEG")
                pictures.append(jpeg.getvalue())
            if len(pictures) == 3:
                break
    return pictures


def _camera(number: int, place: str, name: str, film: str, state: str, reason: str) -> Camera:
    now = timezone.now()
    site, _ = Site.objects.get_or_create(name=place, defaults={"time_zone": "Europe/Berlin"})
    camera = Camera(site=site, name=name, source_kind="rtsp")
    camera.url = f"rtsp://10.0.0.{number + 10}/stream2"
    camera.save()
    Zone.objects.create(
        camera=camera, name="Floor", kind="polygon", points=[[0.08, 0.4], [0.9, 0.35], [0.97, 0.95], [0.04, 0.97]]
    )
    CameraHealth.objects.create(
        camera=camera, state=state, reason=reason, fault="camera" if reason else "", reported_at=now, frame_at=now,
        since=now - timedelta(hours=31, minutes=7 * number), width=1920, height=1080,
    )  # fmt: skip
    node, _ = WorkerNode.objects.get_or_create(
        name=f"gpu-{1 + number % 2}",
        defaults={"sealed_token": "-", "detector": "openvino", "model": "yolo11n", "hostname": "gpu-2"},
    )
    WorkerNode.objects.update(
        capacity=60, boot_id=uuid.uuid4(), seen_at=now + timedelta(hours=2), streams_reported_at=now
    )
    Stream.objects.create(
        camera=camera, started_at=now - timedelta(days=9), state="running", node=node, boot_id=uuid.uuid4(), epoch=3,
        assigned_at=now, taken_at=now,
    )  # fmt: skip
    _coverage(camera, number, state, now.replace(second=0, microsecond=0))
    return camera


def _coverage(camera: Camera, number: int, state: str, now: datetime) -> None:
    marks = [
        (48.0, "analysed", ""),
        (20.0 - number, "blind", "It does not answer at its address"),
        (19.1 - number, "analysed", ""),
    ]
    marks += (
        [(2.0, "blind" if state == "offline" else "degraded", "Pictures come too slowly")] if state != "online" else []
    )
    edges = [now - timedelta(hours=hours) for hours, _, _ in marks] + [now]
    for (_, kind, reason), start, end in zip(marks, edges, edges[1:], strict=False):
        CoverageSpan.objects.create(camera=camera, state=kind, reason=reason, started_at=start, ended_at=end)


def _people(cameras: list[Camera]) -> None:
    people = (
        ("lea", "Lea", "Brandt", "supervisor"),
        ("tariq", "Tariq", "Haddad", "viewer"),
        ("ines", "Inês", "Carvalho", "viewer"),
    )
    nights = OnCallGroup.objects.get(name="Nights")
    for position, (name, first, last, role) in enumerate(people, start=1):
        person = User.objects.create_user(
            name, f"{name}@example.com", PASSWORD, first_name=first, last_name=last, role=role
        )
        OnCallMember.objects.create(group=nights, user=person, position=position)
        for camera in cameras[: 3 + 2 * len(name) % 7]:
            assign_perm("view_camera", person, camera)
            assign_perm("review_camera", person, camera)
    group = CameraGroup.objects.create(name="Outdoor")
    group.cameras.set(cameras[:4])


def _event(camera: Camera, rule: Rule, number: int, films: dict[str, list[bytes]]) -> Event:
    _, severity, seen, message = RULES[number % 5]
    started_at = timezone.now() - timedelta(minutes=3 + 19 * number, seconds=13 * (number % 4))
    verdict = VERDICTS[number % 5]
    reviewer = User.objects.get(username="guard") if verdict != "unreviewed" else None
    event = Event.objects.create(
        id=uuid.uuid4(), camera=camera, rule=rule, rule_version=1, track_id=number, class_name=seen, severity=severity,
        confidence=0.55 + number % 40 / 100, message=message.format(camera=camera.name), started_at=started_at,
        ended_at=started_at + timedelta(seconds=7 + number % 50), state="ended", box_xyxy=[0.38, 0.36, 0.46, 0.74],
        evidence={"condition": "zone_presence", "zone": "Floor", "dwell_seconds": 5}, verdict=verdict,
        reviewed_by=reviewer, reviewed_at=timezone.now() if reviewer else None,
        verdict_note="The cleaner, works until 22:00" if verdict == "false" else "",
    )  # fmt: skip
    film = PLACES[number % 9][2]
    snapshot = f"clips/{film}-{number % 3}.jpg"
    media_write(snapshot, [films[film][number % 3]])
    Clip.objects.create(event=event, snapshot_name=snapshot)
    return event


def _alert(event: Event, number: int, admin: User) -> None:
    policy = AlertPolicy.objects.get(name="Night guard")
    now = timezone.now()
    states: tuple[dict[str, Any], ...] = (
        {},
        {},
        {"state": "acknowledged", "acknowledged_at": now, "acknowledged_by": admin},
        {"assigned_to": admin},
    )
    resolved: dict[str, Any] = {
        "state": "resolved",
        "acknowledged_at": now,
        "acknowledged_by": admin,
        "resolved_at": now,
        "resolved_by": admin,
    }
    values = resolved if number % 5 == 4 else states[number % 4]
    alert = Alert.objects.create(policy=policy, event=event, camera=event.camera, severity=event.severity, **values)
    Alert.objects.filter(id=alert.id).update(raised_at=event.started_at)
    AlertEvent.objects.create(alert=alert, event=event, policy=policy)
    for channel, state in (("in_app", "sent"), ("email", ("sent", "sent", "queued")[number % 3])):
        Delivery.objects.create(
            alert=alert, recipient=admin, channel=channel, state=state, sent_at=now if state == "sent" else None
        )


def _further(admin: User, cameras: list[Camera], events: list[Event]) -> None:
    now = timezone.now()
    for name, kind, failures in (("Control room", "webhook", 0), ("Building automation", "mqtt", 6)):
        endpoint = Endpoint(name=name, kind=kind)
        endpoint.secrets = {"url": "https://alarms.example.org/", "keys": []}
        endpoint.settings = {"seconds": 10, "shown": "mqtts://broker.example.org/", "topic": "alerts"}
        endpoint.save()
        EndpointHealth.objects.update_or_create(
            endpoint=endpoint,
            defaults={
                "failures_in_row": failures,
                "succeeded_at": now - timedelta(hours=2),
                "answer": "200 OK" if not failures else "The broker refused the connection.",
            },
        )
    WallLayout.objects.create(user=admin, name="Gates", per_page=4, cameras=[camera.id for camera in cameras[:4]])
    SavedFilter.objects.create(user=admin, name="Night, harbour", query="severity=high&period=24h")
    draft = CameraDraft(created_by=admin, values={"name": "Fence west"})
    draft.url = "rtsp://10.0.0.99/stream"
    draft.save()
    for number in range(4):
        event = events[number]
        DeadLetter.objects.create(
            kind="event.start",
            reason="The event's rule does not exist any more.",
            payload={"event_id": str(event.id), "track_id": 9},
            subject=str(event.id),
            camera=event.camera,
            node=WorkerNode.objects.order_by("name").first(),
        )
    some = [event.id for event in events[:7]]
    Export.objects.create(
        requested_by=admin, event_ids=some, state="done", progress_percent=100, finished_at=now, event_count=7,
        size_bytes=48_213_771, sha256="9f2c" * 16, content_camera_ids=[cameras[0].id],
    )  # fmt: skip
    Export.objects.create(requested_by=admin, event_ids=some, state="running", progress_percent=40, next_attempt_at=now)


def _backtest(admin: User, rule: Rule, cameras: list[Camera], events: list[Event]) -> None:
    now, version = timezone.now(), rule.versions.get(number=1)
    backtest = Backtest.objects.create(
        rule=rule, version=1, document=version.document, spec=version.spec, asked_by=admin, state="done",
        finished_at=now, period_start=now - timedelta(days=2), period_end=now, progress_percent=100,
        time_zone="Europe/Berlin",
    )  # fmt: skip
    for camera in cameras[:3]:
        own = [event for event in events if event.camera_id == camera.id]
        hours = [0] * 7 + [2, 4, 1, 0, 3, 6, 2, 1, 0, 0, 2, 5, 3, 1, 0, 0, 0]
        result = CameraResult(kept=5, new=2, gone=3, gone_false=3, kept_true=4, kept_false=1, hours=hours)
        part = BacktestCamera.objects.create(
            backtest=backtest, camera=camera, done_at=now, result=result.model_dump(mode="json")
        )
        for number, event in enumerate(own):
            kind = ("kept", "kept", "gone", "new")[number % 4]
            BacktestHit.objects.create(
                part=part, kind=kind, started_at=event.started_at, track_id=number, class_name=event.class_name,
                confidence=0.8, box_xyxy=event.box_xyxy, event=None if kind == "new" else event,
            )  # fmt: skip


def _learnt(admin: User, cameras: list[Camera], films: dict[str, list[bytes]]) -> None:
    """A rule whose faint events were judged false, and the back-test of what that speaks for."""
    document = DOCUMENT.format("Shadows at the berth", "medium", "person")
    rule = rule_create(user=admin, document=document, cameras=cameras[5:7])
    now = timezone.now()
    for number in range(48):
        is_true = number % 3 > 0
        sure = 0.62 + number % 12 / 40 if is_true and number != 4 else 0.36 + number % 9 / 50
        at = now - timedelta(days=3 + number % 20, minutes=17 * number)
        event = Event.objects.create(
            id=uuid.uuid4(), camera=cameras[5 + number % 2], rule=rule, rule_version=1, track_id=number,
            class_name="person", severity="medium", confidence=sure, message="Somebody at the berth", started_at=at,
            ended_at=at + timedelta(seconds=20), state="ended", box_xyxy=[0.4, 0.4, 0.46, 0.7],
            verdict="true" if is_true else "false", reviewed_by=admin, reviewed_at=now,
        )  # fmt: skip
        film = PLACES[5 + number % 2][2]
        snapshot = f"clips/{film}-learnt-{number % 3}.jpg"
        media_write(snapshot, [films[film][number % 3]])
        Clip.objects.create(event=event, snapshot_name=snapshot)
    proposal = rule_learn(user=admin, rule=rule).proposal
    assert proposal is not None
    backtest = Backtest.objects.create(
        rule=rule, document=proposal.document, spec=parse_rule(proposal.document).model_dump(mode="json"),
        asked_by=admin, state="done", finished_at=now, period_start=now - timedelta(days=7), period_end=now,
        progress_percent=100, time_zone="Europe/Berlin",
    )  # fmt: skip
    Backtest.objects.filter(id=backtest.id).update(created_at=now - timedelta(hours=1))  # the newest one has hits
    result = CameraResult(kept=14, gone=9, gone_false=7, kept_true=9, kept_false=1, hours=[2] * 7 + [0] * 17)
    for camera in cameras[5:7]:
        BacktestCamera.objects.create(
            backtest=backtest, camera=camera, done_at=now, result=result.model_dump(mode="json")
        )
