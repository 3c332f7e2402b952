"""Who may change what through the API, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest

from cameras.models import Camera
from cameras.selectors import CameraPermission
from events.choices import Verdict
from rules.models import Rule
from tests.api.clients import DWELL, client_of, make_event, make_rule
from tests.cameras.world import grant, make_camera, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
SECRET = "rtsp://guard:hunter2@10.0.0.7/stream"


@pytest.fixture
def admin() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def camera() -> Camera:
    return make_camera("Gate")


def send(user: User, method: str, route: str, body: Any = None) -> tuple[int, Any]:
    answer = getattr(client_of(user), method)(f"/api/v1/{route}", body, format="json")
    return answer.status_code, answer.json() if answer.content else None


def test_an_admin_makes_a_site_a_camera_and_a_zone(admin: User) -> None:
    status, site = send(admin, "post", "sites", {"name": "Harbour", "time_zone": "Europe/Berlin"})
    assert status == 201
    status, camera = send(admin, "post", "cameras", {"site": site["id"], "name": "Gate"})
    assert (status, camera["source_kind"], camera["site_name"]) == (201, "upload", "Harbour")
    zone = {"camera": camera["id"], "name": "Yard", "kind": "polygon", "points": [[0, 0], [1, 0], [1, 1]]}
    assert send(admin, "post", "zones", zone)[0] == 201
    assert AuditEntry.objects.filter(action__in=["site.created", "camera.created", "zone.created"]).count() == 3


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPERVISOR])
def test_who_sees_a_camera_without_being_admin_cannot_change_it(role: Role, camera: Camera) -> None:
    user = make_user("vera", role=role)
    grant(user, camera)
    rule = make_rule(camera)
    assert send(user, "patch", f"cameras/{camera.id}", {"name": "Mine"})[0] == 403
    assert send(user, "delete", f"cameras/{camera.id}")[0] == 403
    assert send(user, "patch", f"sites/{camera.site_id}", {"name": "Mine"})[0] == 403
    assert send(user, "patch", f"rules/{rule.id}", {"enabled": False})[0] == 403
    assert send(user, "post", "cameras", {"site": camera.site_id, "name": "Mine"})[0] == 403
    assert send(user, "post", "rules", {"document": DWELL.format(name="Mine")})[0] == 403
    camera.refresh_from_db()
    assert camera.name == "Gate"


def test_a_streams_address_is_never_shown_again(admin: User, camera: Camera) -> None:
    status, answer = send(admin, "patch", f"cameras/{camera.id}", {"source_kind": "rtsp", "url": SECRET})
    assert (status, answer["has_url"]) == (200, True)
    assert "hunter2" not in str(answer) + str(send(admin, "get", f"cameras/{camera.id}"))
    assert "hunter2" not in str(list(AuditEntry.objects.values()))
    camera.refresh_from_db()
    assert camera.url == SECRET


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://10.0.0.7/", "rtsp://", "rtsp://[", ""])
def test_an_address_that_does_not_fit_the_source_is_refused(admin: User, camera: Camera, url: str) -> None:
    status, answer = send(admin, "patch", f"cameras/{camera.id}", {"source_kind": "rtsp", "url": url})
    assert (status, list(answer["fields"])) == (422, ["url"])


@pytest.mark.parametrize(
    "points", [[], [[0, 0], [2, 0], [1, 1]], [[0, 0], [0, 0]], "x", None, {"a": 1}, [[0, 0, 0]] * 3]
)
def test_points_that_make_no_zone_are_refused(admin: User, camera: Camera, points: object) -> None:
    zone = {"camera": camera.id, "name": "Yard", "kind": "polygon", "points": points}
    assert send(admin, "post", "zones", zone)[0] in {400, 422}


def test_two_sites_cannot_have_one_name(admin: User, camera: Camera) -> None:
    status, answer = send(admin, "post", "sites", {"name": camera.site.name})
    assert (status, list(answer["fields"])) == (422, ["name"])


def test_a_camera_with_events_is_switched_off_and_not_deleted(admin: User, camera: Camera) -> None:
    make_event(camera, make_rule(camera))
    status, answer = send(admin, "delete", f"cameras/{camera.id}")
    assert (status, answer["code"]) == (409, "conflict")
    assert "Switch it off" in answer["message"]


def test_an_edited_rule_document_becomes_the_next_version(admin: User, camera: Camera) -> None:
    status, rule = send(admin, "post", "rules", {"document": DWELL.format(name="Loiterer"), "cameras": [camera.id]})
    assert (status, rule["version"], rule["cameras"]) == (201, 1, [camera.id])
    longer = DWELL.format(name="Loiterer").replace("dwell_seconds: 5", "dwell_seconds: 9")
    for based_on in (1, 2):
        body = {"document": longer, "based_on": based_on}
        assert send(admin, "patch", f"rules/{rule['id']}", body)[1]["version"] == 2
    versions = send(admin, "get", f"rules/{rule['id']}/versions")[1]["results"]
    assert [version["number"] for version in versions] == [2, 1]
    assert "dwell_seconds: 5" in versions[1]["document"]


def test_a_rule_that_cannot_be_used_is_refused_with_the_places(admin: User) -> None:
    status, answer = send(admin, "post", "rules", {"document": "name: X\nwhen: {type: zone_presence}\n"})
    assert status == 422
    assert any("zone" in problem for problem in answer["fields"]["document"])
    assert not Rule.objects.filter(system="").exists()


def test_a_rules_cameras_are_shown_only_as_far_as_one_sees_them(camera: Camera) -> None:
    hidden, user = make_camera("Hidden"), make_user("vera")
    grant(user, camera, CameraPermission.VIEW)
    rule = make_rule(camera, hidden)
    assert send(user, "get", f"rules/{rule.id}")[1]["cameras"] == [camera.id]


def test_a_reviewer_sets_a_verdict_and_a_viewer_cannot(camera: Camera) -> None:
    event = make_event(camera, make_rule(camera))
    viewer, reviewer = make_user("vera"), make_user("rita")
    grant(viewer, camera, CameraPermission.VIEW)
    grant(reviewer, camera, CameraPermission.VIEW, CameraPermission.REVIEW)
    body = {"verdict": "false", "note": "A cat."}
    assert send(viewer, "post", f"events/{event.id}/review", body)[0] == 403
    status, answer = send(reviewer, "post", f"events/{event.id}/review", body)
    assert (status, answer["verdict"], answer["reviewed_by"]) == (200, "false", "rita")
    event.refresh_from_db()
    assert (event.verdict, event.verdict_note) == (Verdict.FALSE, "A cat.")
    assert AuditEntry.objects.get(action="event.reviewed").actor == reviewer


def test_keyset_pages_give_every_event_once_newest_first(admin: User, camera: Camera) -> None:
    rule = make_rule(camera)
    made = [make_event(camera, rule, minutes=minutes // 2) for minutes in range(7)]
    client, seen, link = client_of(admin), [], "/api/v1/events?page_size=3"
    while link:
        page = client.get(link).json()
        seen += [row["id"] for row in page["results"]]
        link = page["next"]
    assert sorted(seen) == sorted(str(event.id) for event in made)
    assert seen[0] == str(made[-1].id) and seen[-1] in {str(made[0].id), str(made[1].id)}


@pytest.mark.parametrize("after", ["x", "AAAA", "bnVsbA", "WzEsMl0", "W251bGwsbnVsbF0", "%00", "é"])
def test_a_cursor_that_is_not_ours_is_refused(admin: User, after: str) -> None:
    assert client_of(admin).get("/api/v1/events", {"after": after}).status_code == 422


def test_events_are_filtered_by_what_is_asked_for(admin: User, camera: Camera) -> None:
    other, rule = make_camera("Dock", site="Quay"), make_rule(camera)
    here, there = make_event(camera, rule, severity="low"), make_event(other, rule, minutes=30, class_name="car")
    for query, found in {
        f"site={camera.site_id}": here, f"camera={other.id}": there, "class_name=car": there, "severity=low": here,
        "started_after=2026-07-14T12:10:00Z": there, "started_before=2026-07-14T12:10:00Z": here,
    }.items():  # fmt: skip
        rows = client_of(admin).get(f"/api/v1/events?{query}").json()["results"]
        assert [row["id"] for row in rows] == [str(found.id)], query
    assert client_of(admin).get("/api/v1/events?camera=999999").status_code == 400


def test_tokens_are_fetched_refreshed_once_and_given_back(admin: User) -> None:
    client = client_of(None)
    tokens = client.post("/api/v1/token", {"username": "ada", "password": "correct horse battery"}).json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    assert client.get("/api/v1/me").json()["role"] == "admin"
    client.credentials()
    fresh = client.post("/api/v1/token/refresh", {"refresh": tokens["refresh"]}).json()
    assert client.post("/api/v1/token/refresh", {"refresh": tokens["refresh"]}).status_code == 401
    assert client.post("/api/v1/token/logout", {"refresh": fresh["refresh"]}).status_code == 200
    assert client.post("/api/v1/token/refresh", {"refresh": fresh["refresh"]}).status_code == 401
