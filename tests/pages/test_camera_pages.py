"""The camera list and a camera's page: how each does, in words, at a constant number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cameras.models import Camera, CameraHealth, CoverageSpan
from tests.api.clients import client_of
from tests.cameras.live import make_live_camera
from tests.cameras.world import grant, make_camera, make_user
from tests.workers.leased import boot_id, make_node
from vms.accounts.models import User
from workers.models import Stream

pytestmark = pytest.mark.django_db
WHY = "It does not answer at its address"


@pytest.fixture
def user() -> User:
    return make_user("olga")


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def watched(user: User, name: str, *, state: str = "online", reason: str = "", **more: object) -> Camera:
    """A live camera with three hours in the ledger, one of them blind."""
    camera = make_live_camera(name, **more)
    grant(user, camera)
    now = timezone.now().replace(second=0, microsecond=0)
    CameraHealth.objects.create(camera=camera, state=state, reason=reason, since=now, frame_at=now)
    for hours, kind, why in ((3, "analysed", ""), (2, "blind", WHY), (1, "analysed", "")):
        start = now - timedelta(hours=hours)
        end = start + timedelta(hours=1)
        CoverageSpan.objects.create(camera=camera, state=kind, reason=why, started_at=start, ended_at=end)
    return camera


def content(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_list_says_how_each_camera_does_and_why(client: Client, user: User) -> None:
    watched(user, "Gate", state="offline", reason=WHY)
    page = content(client, "/cameras/")
    assert "Offline" in page
    assert WHY in page
    assert "66.6 %" in page


def test_the_list_is_searched_by_name_site_and_state(client: Client, user: User) -> None:
    gate = watched(user, "Gate", state="offline", site="Harbour")
    watched(user, "Yard", site="Campus")
    for query in ("q=gat", "q=harbour", "state=offline", f"site={gate.site_id}"):
        page = content(client, f"/cameras/?{query}")
        assert (">Gate<" in page, ">Yard<" in page) == (True, False), query


def test_switched_off_cameras_and_those_of_recordings_have_their_own_words(client: Client, user: User) -> None:
    off = watched(user, "Gate")
    Camera.objects.filter(id=off.id).update(enabled=False)
    grant(user, make_camera("Uploads"))
    assert ">Gate<" in content(client, "/cameras/?state=off")
    assert ">Uploads<" in content(client, "/cameras/?state=recordings")
    assert ">Gate<" not in content(client, "/cameras/?state=online")


def test_a_filter_that_is_not_there_shows_no_camera(client: Client, user: User) -> None:
    watched(user, "Gate")
    assert "A filter is not right" in content(client, "/cameras/?state=nonsense")


def test_a_page_of_the_list_has_fifty_cameras(client: Client, user: User) -> None:
    for number in range(51):
        grant(user, make_camera(f"Camera {number:02d}"))
    assert content(client, "/cameras/").count("data-camera=") == 50
    assert content(client, "/cameras/?page=2").count("data-camera=") == 1


def test_the_list_takes_as_many_queries_for_twenty_cameras_as_for_one(client: Client, user: User) -> None:
    counts = []
    for number in (1, 20):
        for index in range(number):
            watched(user, f"Camera {number}-{index}", site=f"Site {number}-{index}")
        with CaptureQueriesContext(connection) as queries:
            content(client, "/cameras/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_rows_alone_are_drawn_again_when_something_changes(client: Client, user: User) -> None:
    watched(user, "Gate")
    rows = content(client, "/cameras/", **{"HX-Request": "true"})
    assert ">Gate<" in rows
    assert "<html" not in rows


def test_a_camera_of_somebody_else_is_not_counted(client: Client, user: User) -> None:
    watched(user, "Gate")
    watched(make_user("owner"), "Vault", state="offline")
    page = content(client, "/cameras/")
    assert "Vault" not in page
    assert "<b>1</b> online" in page
    assert "</b> offline" not in page


def test_a_cameras_page_shows_its_gaps_with_their_reasons(client: Client, user: User) -> None:
    camera = watched(user, "Gate")
    page = content(client, f"/cameras/{camera.id}/")
    assert 'class="strip-blind"' in page
    assert WHY in page
    assert "1 h 00 min" in page
    assert "Switched off" not in page


@pytest.mark.parametrize(("state", "told"), [("running", True), ("waiting", False), ("off", False)])
def test_a_worker_is_named_while_it_watches_the_camera_and_not_after(
    client: Client, user: User, state: str, told: bool
) -> None:
    camera, node, now = watched(user, "Gate"), make_node("north-3"), timezone.now()
    lease = {"node": node, "boot_id": boot_id(node), "assigned_at": now, "taken_at": now}
    Stream.objects.filter(camera=camera).update(state=state, **lease)
    for path in ("/cameras/", f"/cameras/{camera.id}/state"):
        assert ("north-3" in content(client, path)) is told, path
    assert client_of(user).get(f"/api/v1/cameras/{camera.id}/health").json()["node"] == ("north-3" if told else None)


def test_an_offline_camera_says_since_when_in_the_place_of_its_picture(client: Client, user: User) -> None:
    camera = watched(user, "Gate", state="offline", reason=WHY)
    page = content(client, f"/cameras/{camera.id}/")
    place = page.split('id="live-words"')[1].split("</p>")[0]
    assert "Offline since" in place
    assert WHY in place


def test_a_camera_of_recordings_has_no_live_picture(client: Client, user: User) -> None:
    camera = make_camera("Uploads")
    grant(user, camera)
    page = content(client, f"/cameras/{camera.id}/")
    assert "data-live-picture" not in page
    assert "Watched in 24 hours" not in page
