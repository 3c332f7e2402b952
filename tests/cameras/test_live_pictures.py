"""Live pictures: kept for seconds, shown to those who may see the camera, and never when they are old."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
import redis
from django.test import Client
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from cameras.models import Camera
from cameras.services import pictures
from cameras.services.pictures import (
    LivePicture,
    picture_latest,
    picture_store,
    picture_want,
    pictures_want,
    pictures_wanted,
)
from tests.api.clients import client_of
from tests.cameras.live import make_live_camera
from tests.cameras.world import grant, make_user
from tests.runtime.live.watch import until
from vms.accounts.models import User
from vms.errors import InvalidError
from workers.runtime.contract import LiveBox

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0 a picture"
BOX = LiveBox(track_id=3, class_name="person", confidence=0.8, box_xyxy=(0.1, 0.2, 0.3, 0.4))


@pytest.fixture
def camera() -> Camera:
    # The store outlives a test's rows, and numbers may come again.
    return make_live_camera(id=int(timezone.now().timestamp() * 1e6))


@pytest.fixture
def user(camera: Camera) -> User:
    user = make_user("olga")
    grant(user, camera)
    return user


@pytest.fixture
def page(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def keep(camera: Camera, *, age_seconds: float = 0, jpeg: bytes = JPEG) -> bool:
    taken_at = timezone.now() - timedelta(seconds=age_seconds)
    return picture_store(camera_id=camera.id, picture=LivePicture(taken_at, (BOX,), jpeg))


def test_a_picture_that_is_kept_is_the_latest_with_its_boxes(camera: Camera) -> None:
    assert keep(camera)
    picture = picture_latest(camera.id)
    assert picture is not None
    assert (picture.jpeg, picture.boxes) == (JPEG, (BOX,))


def test_two_pictures_a_second_are_kept_and_no_more(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pictures.LEAST_GAP_MS <= 500
    monkeypatch.setattr(pictures, "LEAST_GAP_MS", 60_000)  # a slow machine takes longer for five
    assert [keep(camera) for _ in range(5)] == [True, False, False, False, False]


def test_a_picture_of_ten_seconds_ago_is_not_kept(camera: Camera) -> None:
    assert not keep(camera, age_seconds=10)
    assert picture_latest(camera.id) is None


def test_a_picture_that_grows_ten_seconds_old_is_gone(camera: Camera) -> None:
    assert keep(camera, age_seconds=4)
    assert picture_latest(camera.id) is not None
    until(lambda: picture_latest(camera.id) is None, "its end")


@pytest.mark.parametrize("jpeg", [b"<svg/>", b"", JPEG + bytes(2 * 2**20)], ids=["svg", "empty", "large"])
def test_what_is_no_jpeg_or_too_large_is_refused(camera: Camera, jpeg: bytes) -> None:
    with pytest.raises(InvalidError):
        keep(camera, jpeg=jpeg)


def test_a_picture_of_the_future_is_refused(camera: Camera) -> None:
    with pytest.raises(InvalidError):
        keep(camera, age_seconds=-60)


def test_cameras_that_somebody_looks_at_are_wanted(camera: Camera) -> None:
    picture_want(camera.id)
    assert set(pictures_wanted([camera.id, camera.id + 1])) == {camera.id}
    assert set(pictures_wanted([])) == set()


def test_of_several_who_look_the_fastest_counts(camera: Camera) -> None:
    pictures_want([camera.id], 2.0)
    assert pictures_wanted([camera.id]) == {camera.id: 2.0}
    pictures_want([camera.id], 1.5)
    assert pictures_wanted([camera.id]) == {camera.id: 1.0}
    picture_want(camera.id)
    assert pictures_wanted([camera.id]) == {camera.id: 0.5}


def test_without_the_store_nothing_is_wanted_and_nothing_breaks(
    camera: Camera, user: User, page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr("cameras.services.pictures._store", lambda: nowhere)
    assert set(pictures_wanted([camera.id])) == set()
    assert not keep(camera)
    assert page.get(f"/cameras/{camera.id}/live.jpg").status_code == 204


def test_who_may_see_the_camera_gets_its_picture_and_its_time_and_no_cache_keeps_it(
    camera: Camera, page: Client
) -> None:
    keep(camera)
    answer = page.get(f"/cameras/{camera.id}/live.jpg")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, JPEG, "image/jpeg")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Picture-Time"].endswith("+00:00")


def test_looking_is_what_makes_a_camera_wanted(camera: Camera, page: Client) -> None:
    assert set(pictures_wanted([camera.id])) == set()
    page.get(f"/cameras/{camera.id}/live.jpg")
    assert set(pictures_wanted([camera.id])) == {camera.id}


def test_others_get_nothing_and_make_nothing_wanted(camera: Camera) -> None:
    keep(camera)
    stranger = make_user("stranger")
    client = Client()
    client.force_login(stranger)
    assert client.get(f"/cameras/{camera.id}/live.jpg").status_code == 404
    assert client.get(f"/cameras/{camera.id}/state").status_code == 404
    assert client_of(stranger).get(f"/api/v1/cameras/{camera.id}/picture").status_code == 404
    assert set(pictures_wanted([camera.id])) == set()


def test_a_switched_off_camera_shows_nothing(camera: Camera, page: Client, user: User) -> None:
    keep(camera)
    Camera.objects.update(enabled=False)
    assert page.get(f"/cameras/{camera.id}/live.jpg").status_code == 204
    answer = client_of(user).get(f"/api/v1/cameras/{camera.id}/picture")
    assert (answer.status_code, answer.json()["message"]) == (404, "The camera is switched off.")


def test_a_picture_that_the_asker_has_already_is_not_sent_again(camera: Camera, page: Client) -> None:
    keep(camera)
    address = f"/cameras/{camera.id}/live.jpg"
    tag = page.get(address)["ETag"]
    assert page.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_picture_and_boxes_come_in_one_answer(camera: Camera, page: Client, user: User) -> None:
    keep(camera)
    api = client_of(user).get(f"/api/v1/cameras/{camera.id}/picture", {"boxes": "true"}).json()
    own = page.get(f"/cameras/{camera.id}/live.jpg", {"boxes": "1"}).json()
    for answer in (api, own):
        assert base64.b64decode(answer["jpeg"]) == JPEG
        assert answer["boxes"] == [BOX.model_dump(mode="json")]


def test_a_script_is_told_why_there_is_no_picture(camera: Camera, user: User) -> None:
    answer = client_of(user).get(f"/api/v1/cameras/{camera.id}/picture")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_live_picture")
