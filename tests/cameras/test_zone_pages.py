"""The zone editor: what a form without scripts does, who may, and what rules would lose."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cameras.models import Camera, Zone
from cameras.selectors import CameraPermission
from cameras.services.zones import zone_fingerprint, zone_update
from rules.frozen import camera_config
from tests.api.clients import client_of, make_rule
from tests.cameras.live import make_live_camera
from tests.cameras.world import grant, make_user
from vms.accounts.choices import Role
from vms.audit.models import AuditEntry
from workers.services.stream_configs import config_hashes

pytestmark = pytest.mark.django_db
TRIANGLE = {"x": ["10", "90.5", "50"], "y": ["10", "10", "80,5"]}
POINTS = [[0.1, 0.1], [0.905, 0.1], [0.5, 0.805]]


@pytest.fixture
def camera() -> Camera:
    return make_live_camera("Gate")


@pytest.fixture
def browser(camera: Camera, client: Client) -> Client:
    """Somebody who may set the camera up without being an admin."""
    user = make_user("carla")
    grant(user, camera, CameraPermission.VIEW, CameraPermission.CHANGE)
    client.force_login(user)
    return client


@pytest.fixture
def yard(camera: Camera) -> Zone:
    return Zone.objects.create(camera=camera, name="Yard", kind="polygon", points=POINTS)


def page(camera: Camera) -> str:
    return f"/cameras/{camera.id}/zones/"


def sent(zone: Zone, **values: Any) -> dict[str, Any]:
    kept = {"zone": zone.id, "kind": zone.kind, "name": zone.name, "seen": zone_fingerprint(zone), "do": "save"}
    return kept | TRIANGLE | values


def test_an_area_is_drawn_by_numbers_alone_and_noted(browser: Client, camera: Camera) -> None:
    answer = browser.post(page(camera), {"kind": "polygon", "name": "Yard", **TRIANGLE, "do": "save"})
    zone = Zone.objects.get()
    assert answer["Location"] == f"{page(camera)}?zone={zone.id}"
    assert (zone.name, zone.kind, zone.points) == ("Yard", "polygon", POINTS)
    assert AuditEntry.objects.get(action="zone.created").actor_name == "carla"


def test_an_empty_line_of_the_table_is_no_point(browser: Client, camera: Camera) -> None:
    values = {"kind": "line", "name": "Kerb", "x": ["10", "", "90"], "y": ["50", "", "50"]}
    browser.post(page(camera), values)
    assert Zone.objects.get().points == [[0.1, 0.5], [0.9, 0.5]]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"x": ["10", "90", "90", "10"], "y": ["10", "90", "10", "90"]}, "The border crosses itself"),
        ({"x": ["10", "90"], "y": ["10", "90"]}, "at least three points"),
        ({"x": ["10", "90", "120"], "y": ["10", "90", "5"]}, "Point 3: write two numbers from 0 to 100"),
        ({"x": ["10", "90", "nan"], "y": ["10", "90", ""]}, "Point 3: write two numbers from 0 to 100"),
        ({"name": ""}, "Give it a name"),
        ({"name": "Ya<rd"}, "name"),
    ],
    ids=["crossing", "two", "outside", "no number", "no name", "bad name"],
)
def test_what_is_refused_says_why_and_stays_in_the_form(
    browser: Client, camera: Camera, values: dict[str, Any], words: str
) -> None:
    form = {"kind": "polygon", "name": "Kept", **TRIANGLE} | values
    answer = browser.post(page(camera), form)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    assert all(f'value="{number}"' in text for number in form["x"] if number != "nan")
    assert not Zone.objects.exists()


def test_a_name_that_rules_look_for_is_changed_only_by_who_knows(browser: Client, camera: Camera, yard: Zone) -> None:
    make_rule(camera, name="Loiterer")
    for values in ({"name": "Court"}, {"do": "delete"}):
        answer = browser.post(page(camera), sent(yard, **values))
        assert (answer.status_code, "“Loiterer” looks for “Yard”" in answer.content.decode()) == (409, True)
    assert list(Zone.objects.values_list("name", flat=True)) == ["Yard"]
    browser.post(page(camera), sent(yard, name="Court", known="yes"))
    assert list(Zone.objects.values_list("name", flat=True)) == ["Court"]
    assert "Rules look here for what is not drawn" in browser.get(page(camera)).content.decode()


def test_an_area_that_no_rule_uses_is_deleted_at_once(browser: Client, camera: Camera, yard: Zone) -> None:
    browser.post(page(camera), sent(yard, do="delete"))
    assert not Zone.objects.exists()


def test_of_two_people_the_second_is_told_and_overwrites_nothing(browser: Client, camera: Camera, yard: Zone) -> None:
    form = sent(yard, x=["1", "2", "3"], y=["1", "1", "9"])
    zone_update(user=make_user("ada", role=Role.ADMIN), zone=yard, points=[[0, 0], [1, 0], [1, 1]])
    answer = browser.post(page(camera), form)
    assert (answer.status_code, "Somebody else has changed" in answer.content.decode()) == (409, True)
    yard.refresh_from_db()
    assert yard.points == [[0, 0], [1, 0], [1, 1]]


def test_a_moved_point_reaches_the_worker_that_watches_the_camera(browser: Client, camera: Camera, yard: Zone) -> None:
    before = config_hashes([camera.id])[camera.id]
    browser.post(page(camera), sent(yard, x=["10", "90", "50"]))
    assert config_hashes([camera.id])[camera.id] != before
    assert camera_config(camera).config.zones[0].points == ((0.1, 0.1), (0.9, 0.1), (0.5, 0.805))


@pytest.mark.parametrize(
    "permissions", [(), (CameraPermission.VIEW,), (CameraPermission.VIEW, CameraPermission.REVIEW)]
)
def test_for_others_there_is_no_editor_and_nothing_to_change(
    client: Client, camera: Camera, yard: Zone, permissions: tuple[CameraPermission, ...]
) -> None:
    user = make_user("vera", role=Role.SUPERVISOR)
    if permissions:
        grant(user, camera, *permissions)
    client.force_login(user)
    assert client.get(page(camera)).status_code == 404
    assert client.post(page(camera), sent(yard, do="delete")).status_code == 404
    assert client_of(user).delete(f"/api/v1/zones/{yard.id}").status_code == (403 if permissions else 404)
    assert Zone.objects.exists()


def test_a_zone_of_another_camera_is_not_there(browser: Client, camera: Camera) -> None:
    other = Zone.objects.create(camera=make_live_camera("Quay"), name="Edge", kind="polygon", points=POINTS)
    assert browser.get(f"{page(camera)}?zone={other.id}").status_code == 404
    assert browser.post(page(camera), sent(other, do="delete")).status_code == 404
    assert Zone.objects.count() == 1


def test_the_page_asks_the_database_as_often_for_many_rules_as_for_one(
    browser: Client, camera: Camera, yard: Zone
) -> None:
    counts = []
    for number in range(4):
        make_rule(camera, name=f"Loiterer {number}")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"{page(camera)}?zone={yard.id}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[3] <= 25


def test_a_name_that_cannot_be_stored_is_refused(browser: Client, camera: Camera) -> None:
    answer = browser.post(page(camera), {"kind": "polygon", "name": "Ya\x00rd", **TRIANGLE, "do": "save"})
    assert (answer.status_code, Zone.objects.count()) == (422, 0)
    assert "no NUL" in answer.content.decode()
