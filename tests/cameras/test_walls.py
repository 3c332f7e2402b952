"""The wall of live pictures: whose cameras, many pictures in one answer, never an old one, and people's own layouts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cameras.models import Camera, CameraGroup, CameraHealth, WallLayout
from cameras.selectors import CameraPermission
from cameras.services.pictures import LivePicture, picture_store, pictures_wanted
from tests.cameras.live import make_live_camera
from tests.cameras.world import grant, make_camera, make_user
from vms.accounts.models import User
from workers.runtime.contract import LiveBox

pytestmark = pytest.mark.django_db
BOX = LiveBox(track_id=3, class_name="person", confidence=0.8, box_xyxy=(0.1, 0.2, 0.3, 0.4))


@pytest.fixture
def user() -> User:
    return make_user("olga")


@pytest.fixture
def page(user: User, client: Client) -> Client:
    client.force_login(user)
    return client


@pytest.fixture
def cameras(user: User) -> list[Camera]:
    # The store outlives a test's rows, and numbers may come again.
    first = int(timezone.now().timestamp() * 1e6)
    made = [make_live_camera(name, id=first + number) for number, name in enumerate(["Gate", "Quay", "Yard"])]
    for camera in made:
        grant(user, camera, CameraPermission.VIEW)
        CameraHealth.objects.create(camera=camera, state="online", since=timezone.now())
    return made


def keep(camera: Camera, text: str) -> bytes:
    jpeg = b"\xff\xd8\xff" + text.encode()
    assert picture_store(camera_id=camera.id, picture=LivePicture(timezone.now(), (BOX,), jpeg))
    return jpeg


def pictures(page: Client, cameras: list[Camera], known: int = 0) -> tuple[list[dict[str, Any]], bytes]:
    see = ",".join(f"{camera.id}.{known}" for camera in cameras)
    body = page.get(f"/wall/pictures?see={see}&every=2000").content
    head_ends = 4 + int.from_bytes(body[:4], "big")
    return json.loads(body[4:head_ends]), body[head_ends:]


def test_many_pictures_come_in_one_answer_each_with_its_time_and_boxes(page: Client, cameras: list[Camera]) -> None:
    first, second = keep(cameras[0], "one"), keep(cameras[1], "another")
    rows, jpegs = pictures(page, cameras)
    assert [row.get("bytes") for row in rows] == [len(first), len(second), None]
    assert jpegs == first + second
    assert rows[0]["boxes"] == [list(BOX.box_xyxy)]
    assert rows[2]["words"] == "Waiting for a picture…"
    assert pictures_wanted([camera.id for camera in cameras]) == {camera.id: 2.0 for camera in cameras}


def test_a_pictures_time_is_the_readers_with_its_offset(page: Client, cameras: list[Camera], user: User) -> None:
    User.objects.filter(id=user.id).update(time_zone="Asia/Kathmandu")
    keep(cameras[0], "one")
    (row,), _jpeg = pictures(page, cameras[:1])
    assert row["offset"] == "UTC+5:45"


def test_a_picture_that_the_page_has_already_is_not_sent_again(page: Client, cameras: list[Camera]) -> None:
    keep(cameras[0], "one")
    (row,), jpeg = pictures(page, cameras[:1])
    assert jpeg
    assert pictures(page, cameras[:1], known=row["ms"])[1] == b""


@pytest.mark.parametrize("state", ["offline", "frozen"])
def test_a_camera_that_sees_nothing_says_since_when_and_shows_no_picture(
    page: Client, cameras: list[Camera], state: str
) -> None:
    keep(cameras[0], "old")
    since = timezone.now() - timedelta(minutes=5)
    CameraHealth.objects.filter(camera=cameras[0]).update(state=state, since=since, reason="It does not answer")
    (row,), jpeg = pictures(page, cameras[:1])
    assert (jpeg, row["blind"]) == (b"", True)
    assert f"since {since:%d %b, %H:%M} UTC: It does not answer" in row["words"]
    assert row["words"] in page.get("/wall/").content.decode()


def test_what_is_wrong_with_a_picture_stands_below_it(page: Client, cameras: list[Camera]) -> None:
    keep(cameras[0], "one")
    CameraHealth.objects.filter(camera=cameras[0]).update(state="degraded", reason="Pictures come too slowly")
    (row, other), jpegs = pictures(page, cameras[:2])
    assert jpegs
    assert (row["flaw"], other["flaw"]) == ("Pictures come too slowly", "")
    assert "Pictures come too slowly" in page.get("/wall/").content.decode()


def test_others_cameras_are_neither_shown_nor_asked_for(page: Client, cameras: list[Camera]) -> None:
    hidden = make_live_camera("Hidden", id=cameras[0].id + 100)
    keep(hidden, "secret")
    rows, jpegs = pictures(page, [hidden, cameras[0]])
    assert [row["id"] for row in rows] == [cameras[0].id] and b"secret" not in jpegs
    assert set(pictures_wanted([hidden.id])) == set()
    assert "Hidden" not in page.get("/wall/").content.decode()


@pytest.mark.parametrize("see", ["", "x", "1.x", "-1.0", "1.0,", "9" * 40 + ".0", "1.0;2.0"])
def test_a_question_that_means_nothing_is_answered_with_nothing(page: Client, see: str) -> None:
    assert page.get("/wall/pictures", {"see": see}).content == b"\x00\x00\x00\x02[]"


def test_pages_hold_as_many_as_are_wanted_and_uploads_stand_on_none(
    page: Client, cameras: list[Camera], user: User
) -> None:
    upload = make_camera("Uploads")
    grant(user, upload)
    text = page.get("/wall/?size=1&page=2").content.decode()
    assert (text.count("data-tile="), "Quay" in text, "2 to 2 of 3" in text) == (1, True, True)
    assert "Uploads" not in page.get("/wall/?size=64").content.decode()


def test_a_layout_is_kept_with_its_cameras_in_their_order(page: Client, cameras: list[Camera], user: User) -> None:
    form = {"name": "Night", "per_page": "4", "rotate_seconds": "30", "cameras": [cameras[2].id, cameras[0].id]}
    answer = page.post("/wall/new/", form)
    layout = user.wall_layouts.get()
    assert answer["Location"] == f"/wall/{layout.id}/"
    text = page.get(answer["Location"]).content.decode()
    assert 'data-rotate="30"' in text and "Quay" not in text
    page.post(f"/wall/{layout.id}/edit/", form | {"name": "Day"})
    page.post("/wall/new/", form | {"name": "Day"})
    assert list(user.wall_layouts.values_list("name", flat=True)) == ["Day"]
    page.post(f"/wall/{layout.id}/delete/")
    assert not WallLayout.objects.exists()


def test_a_camera_that_is_no_longer_the_users_is_gone_from_the_layout(
    page: Client, cameras: list[Camera], user: User
) -> None:
    layout = WallLayout.objects.create(user=user, name="Night", cameras=[cameras[0].id, cameras[1].id])
    user.camerauserpermission_set.filter(content_object=cameras[0]).delete()
    text = page.get(f"/wall/{layout.id}/").content.decode()
    assert ("Gate" in text, "Quay" in text) == (False, True)


def test_others_layouts_are_not_there_and_none_holds_a_hidden_camera(page: Client, cameras: list[Camera]) -> None:
    other = WallLayout.objects.create(user=make_user("eve"), name="Mine")
    paths = [f"/wall/{other.id}/", f"/wall/{other.id}/edit/"]
    assert {page.get(path).status_code for path in paths} == {404}
    assert page.post(f"/wall/{other.id}/delete/").status_code == 404
    hidden = make_live_camera("Hidden", id=cameras[0].id + 100)
    form = {"name": "Night", "per_page": "4", "rotate_seconds": "0", "cameras": [hidden.id]}
    assert page.post("/wall/new/", form).status_code == 422
    assert WallLayout.objects.count() == 1


def test_many_cameras_cost_as_many_queries_as_one(page: Client, cameras: list[Camera]) -> None:
    counts = []
    for number in (1, 3):
        with CaptureQueriesContext(connection) as asked:
            pictures(page, cameras[:number])
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 4
    with CaptureQueriesContext(connection) as asked:
        page.get("/wall/?size=64")
    assert len(asked) <= 25


def test_the_wall_shows_one_group_of_cameras(page: Client, cameras: list[Camera]) -> None:
    group = CameraGroup.objects.create(name="Entrances")
    group.cameras.add(cameras[0])
    shown = page.get(f"/wall/?group={group.id}")
    assert [tile.camera.name for tile in shown.context["tiles"]] == ["Gate"]


@pytest.mark.parametrize("asked", ["{hidden}", "0", "all"])
def test_a_group_without_a_camera_of_the_users_is_not_there(page: Client, cameras: list[Camera], asked: str) -> None:
    hidden = CameraGroup.objects.create(name="Vaults")
    hidden.cameras.add(make_live_camera("Vault"))
    assert page.get(f"/wall/?group={asked.format(hidden=hidden.id)}").status_code == 404
