"""Every address under /api/v1: what a stranger gets there. An address this test does not know fails it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from alerts.models import Alert, AlertPolicy, Delivery, OnCallGroup
from cameras.choices import SourceKind
from cameras.models import Camera, CameraNetwork
from events.choices import ExportState
from events.models import Export
from reports.models import ReportFile, Run
from tests.api.clients import client_of, make_event, make_rule
from tests.cameras.world import grant, make_camera, make_job, make_user
from tests.events.track_logs import keep_tracks
from tests.rules.backtests.world import make_backtest
from tests.workers.fleet import ADDRESS, watched
from tests.workers.leased import make_node
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.storage.media import media_write
from workers.models import DeadLetter

pytestmark = pytest.mark.django_db

PREFIX = "api/v1/"
MISSING = "999999"
END = datetime(2026, 8, 1, tzinfo=UTC)

PUBLIC = {"token", "token/refresh", "token/logout", "docs"}
"""No session and no token needed; the docs send a stranger to the login (test_schema)."""
DESCRIPTION = {"schema", "alerts/webhook-schema", "rules/schema", "rules/check", "rule-catalog"}
"""The same for everybody who is logged in."""
PERSONAL = {"me", "alerts/counts", "alert-wishes", "alert-wishes/<str:channel>"}
"""About the asking user alone: what is theirs, or how many."""
LISTS = {
    "sites", "cameras", "zones", "rules", "recordings", "jobs", "events", "alerts", "alert-policies", "alert-messages",
    "reports", "exports",
    "dead-letters", "camera-networks", "backtests", "track-logs", "camera-groups", "on-call-groups", "alert-endpoints",
}  # fmt: skip
"""Empty for somebody without a grant."""
OBJECTS = {
    "sites/<int:pk>": "site",
    "cameras/<int:pk>": "camera",
    "cameras/<int:pk>/health": "camera",
    "cameras/<int:pk>/coverage": "camera",
    "cameras/<int:pk>/picture": "camera",
    "cameras/<int:pk>/why-not": "camera",
    "cameras/<int:pk>/clone": "camera",
    "camera-groups/<int:pk>": "camera group",
    "camera-networks/<int:pk>": "network",
    "zones/<int:pk>": "zone",
    "rules/<int:pk>": "rule",
    "rules/<int:pk>/versions": "rule",
    "rules/<int:pk>/versions/<int:number>": "rule",
    "rules/<int:pk>/versions/<int:number>/diff": "rule",
    "rules/<int:pk>/versions/<int:number>/publish": "rule",
    "rules/<int:pk>/versions/<int:number>/roll-back": "rule",
    "rules/<int:pk>/overrides": "rule",
    "rules/<int:pk>/backtests": "rule",
    "rules/<int:pk>/proposal": "rule",
    "backtests/<uuid:pk>": "backtest",
    "backtests/<uuid:pk>/hits": "backtest",
    "backtests/<uuid:pk>/cancel": "backtest",
    "recordings/<uuid:pk>": "recording",
    "jobs/<uuid:pk>": "job",
    "jobs/<uuid:pk>/cancel": "job",
    "jobs/<uuid:pk>/retry": "job",
    "events/<uuid:pk>": "event",
    "events/<uuid:pk>/review": "event",
    "events/<uuid:pk>/explanation": "event",
    "events/<uuid:pk>/clip": "event",
    "events/<uuid:pk>/snapshot": "event",
    "events/<uuid:pk>/boxes": "event",
    "track-logs/<int:pk>": "track log",
    "track-logs/<int:pk>/frames": "track log",
    "alerts/<uuid:pk>": "alert",
    "alerts/<uuid:pk>/acknowledge": "alert",
    "alerts/<uuid:pk>/resolve": "alert",
    "alerts/<uuid:pk>/false-alarm": "alert",
    "alerts/<uuid:pk>/reopen": "alert",
    "alerts/<uuid:pk>/assign": "alert",
    "alerts/<uuid:pk>/snooze": "alert",
    "alerts/<uuid:pk>/comment": "alert",
    "alerts/<uuid:pk>/history": "alert",
    "alerts/<uuid:pk>/deliveries": "alert",
    "alert-policies/<int:pk>": "policy",
    "on-call-groups/<int:pk>": "on-call group",
    "alert-messages/<uuid:pk>": "message",
    "alert-messages/<uuid:pk>/resend": "message",
    "dead-letters/<int:pk>": "letter",
    "dead-letters/<int:pk>/replay": "letter",
    "dead-letters/<int:pk>/discard": "letter",
    "reports/<uuid:pk>": "report",
    "reports/<uuid:pk>/retry": "report",
    "reports/<uuid:pk>/files/<str:report_format>": "report",
    "exports/<uuid:pk>": "export",
    "exports/<uuid:pk>/retry": "export",
    "exports/<uuid:pk>/file": "export",
}
"""404 for somebody without a grant, by every method."""
FLEET = {"nodes": "", "nodes/<int:pk>": "node", "nodes/<int:pk>/drain": "node", "nodes/<int:pk>/undrain": "node"}
"""Of no camera: supervisors may read, only admins change, viewers find nothing (404, and an empty list)."""
ENDPOINTS = {
    "alert-endpoints/<int:pk>", "alert-endpoints/<int:pk>/test", "alert-endpoints/<int:pk>/key",
    "alert-endpoints/<int:pk>/forget-old-key",
}  # fmt: skip
"""The same (tests/alerts/test_setup_api.py)."""
UPLOADS = {"recordings/content"}
"""404 for a camera that is not theirs."""

BATCHES = {"alerts/acknowledge"}
"""404 where one of the objects named in the body is not theirs."""
ADMIN_DEEDS = {"cameras/probe", "cameras/import", "alert-policies/preview"}
"""Of no object: 403 for everybody but admins."""
ADMINS_ONLY = {
    "rules/<int:pk>/proposal",
    "rules/<int:pk>/versions/<int:number>/publish", "rules/<int:pk>/versions/<int:number>/roll-back",
    "alerts/<uuid:pk>/deliveries", "alert-policies/<int:pk>", "alert-messages/<uuid:pk>",
    "on-call-groups/<int:pk>",
    "alert-messages/<uuid:pk>/resend", "cameras/<int:pk>/clone", "camera-networks/<int:pk>",
}  # fmt: skip

DEEDS = (
    "cancel", "retry", "review", "acknowledge", "replay", "discard", "clone", "publish", "roll-back", "resolve",
    "resend", "false-alarm", "reopen", "assign", "snooze", "comment",
)  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")


def routes() -> Iterator[str]:
    yield from _below(get_resolver().url_patterns, "")


def _below(patterns: list[URLPattern | URLResolver], start: str) -> Iterator[str]:
    for pattern in patterns:
        address = start + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if address.startswith(PREFIX) or PREFIX.startswith(address):
                yield from _below(pattern.url_patterns, address)
        elif address.startswith(PREFIX):
            yield address.removeprefix(PREFIX)


def filled(route: str, world: dict[str, Any]) -> str:
    key = str(world.get((OBJECTS | FLEET).get(route, ""), ""))
    return re.sub(r"<(int|uuid):pk>", key, route).replace("<str:report_format>", "csv").replace("<int:number>", "1")


@pytest.fixture
def world() -> dict[str, Any]:
    """One of everything, none of it the stranger's."""
    camera: Camera = make_camera("Hidden", source_kind=SourceKind.RTSP)
    camera.url = ADDRESS
    camera.save()
    owner = make_user("olga")
    grant(owner, camera)
    job, node = make_job(owner, camera), make_node()
    rule = make_rule(camera)
    event = make_event(camera, rule, with_files=True)
    policy = AlertPolicy.objects.create(name="All")
    report = Run.objects.create(title="July", requested_by=owner, period_start=event.started_at, period_end=END)
    ReportFile.objects.create(run=report, format="csv", file_name=media_write("report.csv", [b"a"]).name, size_bytes=1)
    export = Export.objects.create(
        requested_by=owner,
        event_ids=[event.id],
        state=ExportState.DONE,
        finished_at=END,
        content_camera_ids=[camera.id],
    )
    media_write(export.file_name, [b"a"])
    alert = Alert.objects.create(policy=policy, event=event, camera=camera, severity=event.severity)
    return {
        "site": camera.site_id,
        "camera": camera.id,
        "zone": camera.zones.create(name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]]).pk,
        "rule": rule.id,
        "backtest": make_backtest(owner, rule, camera).id,
        "recording": job.recording_id,
        "job": job.id,
        "event": event.id,
        "alert": alert.id,
        "message": Delivery.objects.create(alert=alert, recipient=owner, channel="email", state="failed").id,
        "policy": policy.id,
        "on-call group": OnCallGroup.objects.create(name="Night").pk,
        "track log": keep_tracks(watched(node, camera), 0, 1_000).pk,
        "camera group": camera.groups.create(name="Gates").pk,
        "network": CameraNetwork.objects.create(network="127.0.0.0/8").pk,
        "report": report.id,
        "export": export.id,
        "letter": DeadLetter.objects.create(kind="event.end", reason="Late.", payload={}, camera=camera).id,
        "node": node.id,
    }


def test_every_route_is_known_here() -> None:
    known = PUBLIC | DESCRIPTION | PERSONAL | LISTS | OBJECTS.keys() | FLEET.keys() | UPLOADS | BATCHES | ADMIN_DEEDS
    known |= ENDPOINTS
    found = set(routes())
    assert found - known == set(), "Say above what a stranger gets there."
    assert known - found == set(), "These are gone."


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPERVISOR])
def test_every_list_is_empty_for_somebody_without_a_grant(role: Role, world: dict[str, Any]) -> None:
    client = client_of(make_user("stranger", role=role))
    answers = {route: client.get(f"/{PREFIX}{route}") for route in LISTS}
    assert {route: answer.status_code for route, answer in answers.items()} == dict.fromkeys(LISTS, 200)
    assert all(answer.json() == {"next": None, "results": []} for answer in answers.values())


@pytest.mark.parametrize("name", ["site", "camera", "rule"])
@pytest.mark.parametrize("route", sorted(LISTS))
def test_a_list_filtered_by_what_is_somebody_elses_answers_as_for_what_is_not_there(
    route: str, name: str, world: dict[str, Any]
) -> None:
    client = client_of(make_user("stranger", role=Role.SUPERVISOR))
    hidden, missing = (client.get(f"/{PREFIX}{route}?{name}={key}") for key in (world[name], MISSING))
    assert hidden.status_code == missing.status_code in {200, 400}
    told, said = (answer.content.decode().replace("(HTTP 400)", "") for answer in (hidden, missing))
    assert re.sub(rf"\b{world[name]}\b", MISSING, told) == said


@pytest.mark.parametrize("route", sorted(OBJECTS))
def test_an_object_is_not_there_for_somebody_without_a_grant_by_any_method(route: str, world: dict[str, Any]) -> None:
    client, address = client_of(make_user("stranger", role=Role.SUPERVISOR)), filled(route, world)
    statuses = {method: getattr(client, method)(f"/{PREFIX}{address}").status_code for method in METHODS}
    assert set(statuses.values()) <= {404, 405}, statuses


@pytest.mark.parametrize("route", sorted(OBJECTS))
def test_the_owner_of_the_grant_gets_the_object_at_the_same_address(route: str, world: dict[str, Any]) -> None:
    """Without this, the test above would pass on addresses that lead nowhere."""
    owner = User.objects.get(username="olga")
    if route.startswith("dead-letters"):
        owner.role = Role.SUPERVISOR
        owner.save()
    user = make_user("ada", role=Role.ADMIN) if route in ADMINS_ONLY else owner
    client = client_of(user)
    method = client.post if route.endswith(DEEDS) else client.get
    answer = method(f"/{PREFIX}{filled(route, world)}")
    # A camera of which nobody has sent a picture says so, in words that a stranger does not get.
    assert answer.status_code in {200, 400, 409} or answer.json()["code"] == "no_live_picture"


@pytest.mark.parametrize(
    ("role", "read", "changed"), [(Role.VIEWER, 404, 404), (Role.SUPERVISOR, 200, 403), (Role.ADMIN, 200, 200)]
)
def test_the_fleet_is_for_supervisors_to_read_and_for_admins_to_change(
    role: Role, read: int, changed: int, world: dict[str, Any]
) -> None:
    client = client_of(make_user("sam", role=role))
    assert len(client.get(f"/{PREFIX}nodes").json()["results"]) == (role != Role.VIEWER)
    assert client.get(f"/{PREFIX}nodes/{world['node']}").status_code == read
    for deed in ("drain", "undrain"):
        assert client.post(f"/{PREFIX}nodes/{world['node']}/{deed}").status_code == changed


def test_a_batch_that_names_an_alert_of_somebody_else_is_404(world: dict[str, Any]) -> None:
    client = client_of(make_user("stranger", role=Role.SUPERVISOR))
    response = client.post(f"/{PREFIX}alerts/acknowledge", {"alerts": [str(world["alert"])]}, format="json")
    assert response.status_code == 404


def test_an_upload_for_a_camera_of_somebody_else_is_404(world: dict[str, Any]) -> None:
    client = client_of(make_user("stranger", role=Role.SUPERVISOR))
    address = f"/{PREFIX}recordings/content?camera={world['camera']}&name=a.mp4"
    assert client.put(address, b"film", content_type="application/octet-stream").status_code == 404
    assert client.put(f"/{PREFIX}recordings/content?camera={uuid.uuid4().int}").status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPERVISOR])
def test_deeds_of_admins_are_forbidden_to_others_and_tell_nothing_of_cameras(role: Role, world: dict[str, Any]) -> None:
    client = client_of(make_user("stranger", role=role))
    probe, address = f"/{PREFIX}cameras/probe", {"url": "rtsp://10.0.0.5/x"}
    assert client.post(probe, address, format="json").status_code == 403
    assert client.post(probe, {"camera": world["camera"]}, format="json").status_code == 404
    assert client.post(f"/{PREFIX}cameras/import", {}, format="multipart").status_code == 403
    assert client.post(f"/{PREFIX}alert-policies/preview", {}, format="json").status_code == 403


def test_nothing_but_the_public_addresses_answers_without_a_login(world: dict[str, Any]) -> None:
    routes_closed = DESCRIPTION | LISTS | PERSONAL | OBJECTS.keys() | FLEET.keys() | UPLOADS | BATCHES | ADMIN_DEEDS
    statuses = {
        (method, route): getattr(client_of(None), method)(f"/{PREFIX}{filled(route, world)}").status_code
        for route in routes_closed
        for method in METHODS
    }
    assert {asked: status for asked, status in statuses.items() if status not in {401, 405}} == {}
