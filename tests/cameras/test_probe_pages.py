"""The page that looks at a camera: for admins, with a sentence for everything, and no login in any of it."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from bench.simulator import CameraSpec, Login, SimulatorThread, StreamProfile, footage_encode
from cameras.models import CameraNetwork
from cameras.services import probing
from cameras.services.probing import MOST_AT_ONCE, MOST_PER_MINUTE, BusyError, address_probe, camera_probe
from tests.api.clients import client_of
from tests.assets import asset_path
from tests.cameras.world import grant, make_camera, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import InvalidError
from workers.runtime.contract import ProbeCode

pytestmark = pytest.mark.django_db
SECRET = "hunter2"
LOGIN = Login("guard", SECRET, "digest")


@pytest.fixture(autouse=True)
def nobody_waits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def admin() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def browser(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture(scope="session")
def small_footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    profile = StreamProfile(frames_per_second=10, size=(384, 288), keyframe_seconds=0.5, seconds=4)
    return footage_encode(asset_path("videos/vtest_h264.mp4"), tmp_path_factory.mktemp("probe") / "small.mp4", profile)


@pytest.fixture
def cameras(small_footage: Path) -> Iterator[SimulatorThread]:
    with SimulatorThread([CameraSpec("gate", small_footage, login=LOGIN)]) as running:
        CameraNetwork.objects.create(network="127.0.0.0/8")
        yield running


@pytest.mark.slow
def test_a_stored_camera_is_looked_at_again_on_its_page_and_over_the_api(
    browser: Client, admin: User, cameras: SimulatorThread
) -> None:
    camera = make_camera("Gate", source_kind="rtsp")
    camera.url = cameras.rtsp_url("gate", credentials=f"guard:{SECRET}")
    camera.clip_url = cameras.http_url("gate/mjpeg", credentials="guard:wrong")
    camera.save()
    page = browser.post(f"/cameras/{camera.id}/probe/", {"stream": "url"}, headers={"HX-Request": "true"})
    assert "It sends pictures" in page.content.decode() and "<html" not in page.content.decode()
    answer = client_of(admin).post("/api/v1/cameras/probe", {"camera": camera.id, "stream": "clip_url"}, format="json")
    assert (answer.json()["code"], answer.json()["facts"]) == ("wrong_login", None)
    noted = list(AuditEntry.objects.filter(action="camera.probed").order_by("id").values_list("detail", flat=True))
    assert noted == [{"stream": "url", "code": "ok"}, {"stream": "clip_url", "code": "wrong_login"}]


def test_a_wrong_password_is_said_and_shown_nowhere(
    browser: Client, cameras: SimulatorThread, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    camera = make_camera("Gate", source_kind="rtsp")
    camera.url = cameras.rtsp_url("gate", credentials=f"guard:{SECRET}x") + f"?key={SECRET}"
    camera.save()
    page = browser.post(f"/cameras/{camera.id}/probe/")

    assert "does not accept the user name or the password" in page.content.decode()
    assert SECRET not in page.content.decode()
    assert SECRET not in caplog.text
    assert SECRET not in str(list(AuditEntry.objects.values_list("target", "detail")))


def test_the_login_is_in_no_argument_and_no_environment(
    admin: User, cameras: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    run = subprocess.run

    def spy(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        seen.append(f"{command} {options['env']}")
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", spy)
    answer = address_probe(user=admin, url=cameras.rtsp_url("gate", credentials=f"guard:{SECRET}x"))

    assert answer.code is ProbeCode.WRONG_LOGIN
    assert len(seen) == 1 and SECRET not in seen[0]


def test_outside_the_networks_it_says_how_to_allow_them(browser: Client, cameras: SimulatorThread) -> None:
    CameraNetwork.objects.filter(network="127.0.0.0/8").delete()
    camera = make_camera("Gate", source_kind="rtsp")
    camera.url = cameras.rtsp_url("gate")
    camera.save()
    text = browser.post(f"/cameras/{camera.id}/probe/").content.decode()

    assert "in none of the networks" in text and "Allow its network" in text
    assert cameras.camera("gate").counts.rtsp_connections == 0


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPERVISOR])
def test_the_pages_are_for_admins(client: Client, role: Role) -> None:
    user, camera = make_user("stranger", role=role), make_camera("Gate")
    client.force_login(user)
    assert client.get("/cameras/import/").status_code == 403
    own = [f"/cameras/{camera.id}/{page}/" for page in ("probe", "clone")]
    assert {client.get(path).status_code for path in own} == {404}
    grant(user, camera)
    assert {client.get(path).status_code for path in own} == {403}


def test_a_camera_without_a_stream_is_not_looked_at(browser: Client, admin: User) -> None:
    camera = make_camera("Gate")
    assert "no stream" in browser.get(f"/cameras/{camera.id}/probe/").content.decode()
    with pytest.raises(InvalidError):
        camera_probe(user=admin, camera=camera)


def test_one_admin_cannot_search_a_network_with_it(admin: User) -> None:
    for _ in range(MOST_PER_MINUTE):
        probing._count(admin)
    with pytest.raises(BusyError):
        address_probe(user=admin, url="rtsp://10.0.0.5/x")
    answer = client_of(admin).post("/api/v1/cameras/probe", {"url": "rtsp://10.0.0.5/x"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (429, "busy")


def test_only_so_many_cameras_are_looked_at_at_once(admin: User) -> None:
    for key in probing._place_keys():
        cache.add(key, 1)
    assert len(probing._place_keys()) == MOST_AT_ONCE
    with pytest.raises(BusyError):
        address_probe(user=admin, url="rtsp://10.0.0.5/x")


def test_a_place_is_given_back_also_where_the_look_fails(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "MODULE", "no.such.module")
    for _ in range(MOST_AT_ONCE + 1):
        with pytest.raises(probing.ProbeBrokenError):
            address_probe(user=admin, url="rtsp://10.0.0.5/x")


def test_the_api_wants_an_address_or_a_camera_and_not_both(admin: User) -> None:
    camera = make_camera("Gate")
    for body in ({}, {"url": "rtsp://10.0.0.5/x", "camera": camera.id}):
        assert client_of(admin).post("/api/v1/cameras/probe", body, format="json").status_code == 400
