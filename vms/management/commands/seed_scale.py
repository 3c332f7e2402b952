"""``manage.py seed_scale``: on a database without events, a large site's past, to see how pages do with it.

Cameras, people and rules are made one by one; what there are millions of, by SQL inside the database. The same numbers
make the same rows, but for their ids and for the time, which ends now.
"""

from __future__ import annotations

import io
import json
import uuid
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone
from PIL import Image, ImageDraw

from alerts.choices import Channel, EndpointKind
from alerts.models import AlertPolicy, Endpoint, OnCallGroup, OnCallMember
from cameras.choices import SourceKind, ZoneKind
from cameras.models import Camera, CameraDraft, CameraGroup, CameraHealth, CameraUserPermission, Site, WallLayout, Zone
from events.models import Event
from reports.models import Run
from rules.models import Backtest, BacktestCamera, Rule, RuleVersion
from rules.services import rule_create
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.management.scale_sql import STATEMENTS
from vms.storage.media import media_write
from workers.models import Stream, WorkerNode

PASSWORD = "night-shift-7"  # noqa: S105  of people who exist in a measured database only
ZONES = {
    "Yard": (ZoneKind.POLYGON, [[0.04, 0.42], [0.62, 0.3], [0.74, 0.62], [0.1, 0.97]]),
    "Gate": (ZoneKind.LINE, [[0.3, 0.3], [0.62, 0.95]]),
}
RULES = [
    ("Person in the yard", "high", "person", "{type: zone_presence, zone: Yard}"),
    ("Somebody stays", "critical", "person", "{type: zone_presence, zone: Yard, dwell_seconds: 60}"),
    ("Vehicle at the gate", "low", "car", "{type: line_crossing, line: Gate}"),
    ("Truck at the gate", "medium", "truck", "{type: line_crossing, line: Gate}"),
    ("Bicycle in the yard", "low", "bicycle", "{type: zone_presence, zone: Yard}"),
]
DOCUMENT = "name: {}\nseverity: {}\nwho: {{classes: [{}]}}\nwhen: {}\n"
HEALTH = ["online"] * 18 + ["degraded", "offline"]
SHARED_PERMISSIONS = ("view_camera", "review_camera")
JOBS, REPORTS, NODES, LETTERS = 200, 40, 8, 500


class Command(BaseCommand):
    help = "Fill a database without events with a large site's past. For measurements, never for a site in use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cameras", type=int, default=300)
        parser.add_argument("--events", type=int, default=1_000_000)
        parser.add_argument("--alerts", type=int, default=100_000)
        parser.add_argument("--operators", type=int, default=50)
        parser.add_argument("--days", type=int, default=90)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        if Event.objects.exists():
            raise CommandError("There are events already. This is for an empty database.")
        fill(**{name: options[name] for name in ("cameras", "events", "alerts", "operators", "days")})
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what autovacuum does within minutes
        self.stdout.write(
            f"{options['cameras']} cameras, {options['events']} events, {options['alerts']} alerts. Log in as admin, "
            f"supervisor, or operator-1 to operator-{options['operators']}; password: {PASSWORD}"
        )


@transaction.atomic
def fill(*, cameras: int, events: int, alerts: int, operators: int = 1, days: int = 1) -> None:
    admin = _people(operators)
    made = _cameras(cameras)
    _grants(made)
    _rules(admin, made)
    _one_of_each(admin, made[0])
    _run(
        {
            **_ids(made),
            "events": events,
            "every": max(1, events // max(1, alerts)),
            "days": days,
            "jobs": JOBS,
            "letters": LETTERS,
            "admin": admin.id,
            "snapshot": _snapshot(),
        }
    )


def _people(operators: int) -> User:
    admin = User.objects.create_superuser("admin", "admin@localhost.example", PASSWORD, first_steps_hidden=True)
    others = [("supervisor", Role.SUPERVISOR), *((f"operator-{n + 1}", Role.VIEWER) for n in range(operators))]
    User.objects.bulk_create(
        User(username=name, email=f"{name}@localhost.example", role=role, password=admin.password)
        for name, role in others
    )
    return admin


def _cameras(number: int) -> list[Camera]:
    now = timezone.now()
    sites = [Site.objects.create(name=f"Plant {n + 1}", time_zone="Europe/Berlin") for n in range(max(1, number // 30))]
    cameras = [
        Camera(site=sites[n % len(sites)], name=f"Camera {n + 1:03}", source_kind=SourceKind.RTSP)
        for n in range(number)
    ]
    for number_in_list, camera in enumerate(cameras):
        camera.url = f"rtsp://10.0.{number_in_list // 250}.{number_in_list % 250 + 1}/stream"
    Camera.objects.bulk_create(cameras)
    Zone.objects.bulk_create(
        Zone(camera=camera, name=name, kind=kind, points=points)
        for camera in cameras
        for name, (kind, points) in ZONES.items()
    )
    states = [HEALTH[n % len(HEALTH)] for n in range(number)]
    CameraHealth.objects.bulk_create(
        CameraHealth(
            camera=camera, state=state, since=now - timedelta(hours=number + 1), reported_at=now,
            frame_at=now - timedelta(seconds=0.4), reason="" if state == "online" else "No pictures come.",
            fault="" if state == "online" else "camera", width=1920, height=1080,
        )
        for number, (camera, state) in enumerate(zip(cameras, states, strict=True))
    )  # fmt: skip
    _watch(cameras)
    return cameras


def _watch(cameras: list[Camera]) -> None:
    now, boot = timezone.now(), uuid.uuid4()
    nodes = [
        WorkerNode(
            name=f"gpu-{n + 1}", boot_id=boot, registered_at=now, seen_at=now, streams_reported_at=now,
            detector="openvino", model="yolo11n", classes=["person", "car", "truck", "bicycle"], capacity=400,
        )
        for n in range(NODES)
    ]  # fmt: skip
    for node in nodes:
        node.token = uuid.uuid4().hex
    WorkerNode.objects.bulk_create(nodes)
    Stream.objects.bulk_create(
        Stream(
            camera=camera, started_at=now - timedelta(days=100), state="running", node=nodes[n % NODES], boot_id=boot,
            epoch=1, assigned_at=now, taken_at=now,
        )
        for n, camera in enumerate(cameras)
    )  # fmt: skip


def _grants(cameras: list[Camera]) -> None:
    """The supervisor and every second operator see all cameras, the others every third one."""
    permissions = Permission.objects.filter(content_type__app_label="cameras", codename__in=SHARED_PERMISSIONS)
    rows = (
        CameraUserPermission(user=user, content_object=camera, permission=permission)
        for number, user in enumerate(User.objects.exclude(role=Role.ADMIN).order_by("id"))
        for camera in (cameras if number % 2 == 0 else cameras[::3])
        for permission in list(permissions)
    )
    CameraUserPermission.objects.bulk_create(rows, batch_size=5000)


def _rules(admin: User, cameras: list[Camera]) -> None:
    for rule in RULES:
        rule_create(user=admin, document=DOCUMENT.format(*rule), cameras=cameras)
    policy = AlertPolicy.objects.create(name="Guards", channels=[Channel.IN_APP, Channel.EMAIL])
    policy.recipients.set([admin])


def _one_of_each(admin: User, camera: Camera) -> None:
    """What there are few of everywhere, but which has pages of its own."""
    now = timezone.now()
    Run.objects.bulk_create(
        Run(
            title=f"Week {n + 1}", requested_by=admin, state="done", finished_at=now, formats=["pdf"],
            period_start=now - timedelta(days=7 * (n + 1)), period_end=now - timedelta(days=7 * n), event_count=70_000,
        )
        for n in range(REPORTS)
    )  # fmt: skip
    WallLayout.objects.create(user=admin, name="Gates", per_page=64)
    draft = CameraDraft(created_by=admin, values={"name": "New gate"})
    draft.url = "rtsp://10.0.9.9/stream"
    draft.save()
    endpoint = Endpoint(name="Control room", kind=EndpointKind.WEBHOOK, enabled=False, settings={"seconds": 10})
    endpoint.secrets = {"url": "https://alarms.example.org/", "keys": []}
    endpoint.save()
    CameraGroup.objects.create(name="Gates").cameras.add(camera)
    group = OnCallGroup.objects.create(name="Nights", shift_days=7, first_day=now.date())
    OnCallMember.objects.bulk_create(OnCallMember(group=group, user=user) for user in User.objects.all()[:5])
    version = RuleVersion.objects.filter(rule__cameras=camera).latest("id")
    backtest = Backtest.objects.create(
        rule=version.rule, version=version.number, document=version.document, spec=version.spec, asked_by=admin,
        period_start=now - timedelta(days=1), period_end=now, state="cancelled", finished_at=now,
    )  # fmt: skip
    BacktestCamera.objects.create(backtest=backtest, camera=camera)


def _ids(cameras: list[Camera]) -> dict[str, Any]:
    rules = dict(Rule.objects.values_list("name", "id"))
    kinds = [
        {"rule": rules[name], "severity": severity, "seen": seen, "message": name} for name, severity, seen, _ in RULES
    ]
    return {
        "cameras": [camera.id for camera in cameras],
        "kinds": json.dumps(kinds),
        "policy": AlertPolicy.objects.get(name="Guards").id,
    }


def _snapshot() -> str:
    """One picture that all events share."""
    picture, file = Image.new("RGB", (960, 540), "#31404a"), io.BytesIO()
    ImageDraw.Draw(picture).rectangle((400, 180, 480, 420), fill="#c9b18f")
    picture.save(file, "JPEG", quality=80)
    return media_write("clips/scale.jpg", [file.getvalue()]).name


def _run(numbers: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, numbers)
