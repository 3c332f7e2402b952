"""The command does what the pages do, and writes no login anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from bench.simulator import Login
from bench.simulator.onvif import OnvifDevice, OnvifStream
from cameras.camera_list import EXAMPLE
from cameras.models import Camera, CameraNetwork, Site
from cameras.services import discovery
from cameras.services.discovery import DeviceLogin, device_streams, devices_find
from tests.cameras.world import make_camera, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import InvalidError

pytestmark = pytest.mark.django_db
SECRET = "hunter2"
STREAMS = (
    OnvifStream("sub", f"rtsp://guard:{SECRET}@127.0.0.1:554/sub", 640, 360),
    OnvifStream("main", "rtsp://127.0.0.1:554/main", 1920, 1080),
)


@pytest.fixture(autouse=True)
def nobody_waits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def admin() -> User:
    return make_user("ada", role=Role.ADMIN)


def run(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("camera", *words, stdout=out, stderr=err)
    except SystemExit as end:
        assert end.code == 1
        return out.getvalue() + "(1)", err.getvalue()
    return out.getvalue(), err.getvalue()


def test_a_camera_that_cannot_be_looked_at_is_said_in_a_sentence(admin: User) -> None:
    out, err = run("probe", f"rtsp://guard:{SECRET}@127.0.0.1:1/x")

    assert "in none of the networks" in out and out.endswith("(1)")
    assert "list of processes" in err and SECRET not in out + err


def test_a_stored_camera_is_named_by_its_number_and_answered_in_json(admin: User) -> None:
    CameraNetwork.objects.create(network="127.0.0.1/32")
    camera = make_camera("Gate", source_kind="rtsp")
    camera.url = f"rtsp://guard:{SECRET}@127.0.0.1:1/x"
    camera.save()
    out, err = run("probe", str(camera.id), "--json")

    assert json.loads(out.removesuffix("(1)"))["code"] == "refused"
    assert SECRET not in out + err


def test_what_is_not_there_is_refused(admin: User) -> None:
    for words in (
        ["probe", "999999"],
        ["probe", "gopher://x"],
        ["--as", "nobody", "probe", "1"],
        ["import", "nowhere.csv"],
    ):
        with pytest.raises(CommandError):
            run(*words)


def test_a_list_is_judged_and_written_only_when_told_to(admin: User, tmp_path: Path) -> None:
    Site.objects.create(name="Harbour")
    file = tmp_path / "cameras.csv"
    file.write_text(EXAMPLE)

    assert "3 new" in run("import", str(file))[0] and not Camera.objects.exists()
    assert "Imported." in run("import", str(file), "--apply")[0] and Camera.objects.count() == 3
    file.write_text(EXAMPLE.replace("Harbour,Gate", "Nowhere,Gate"))
    out, _ = run("import", str(file), "--apply")
    assert "Line 2 (Gate): There is no site" in out and "Nothing was written." in out


@pytest.mark.slow
def test_devices_that_answer_are_told_and_their_streams_by_login(admin: User) -> None:
    CameraNetwork.objects.create(network="127.0.0.1/32")
    with OnvifDevice(Login("guard", SECRET), STREAMS) as device:
        found = devices_find(user=admin, seconds=6)
        streams = device_streams(user=admin, device=DeviceLogin("127.0.0.1", device.port, "guard", SECRET))
        with pytest.raises(InvalidError, match="does not accept the user name or the password"):
            device_streams(user=admin, device=DeviceLogin("127.0.0.1", device.port, "guard", "wrong"))

    told = [(one.host, one.name, one.model) for one in found if one.port == device.port]
    assert told == [("127.0.0.1", "Gate camera", "Fake-1")]
    sizes = [(stream.name, stream.url, stream.width, stream.height) for stream in streams]
    assert sizes == [("main", STREAMS[1].url, 1920, 1080), ("sub", "rtsp://127.0.0.1:554/sub", 640, 360)]


@pytest.mark.slow
def test_devices_outside_the_networks_are_neither_told_nor_asked(admin: User) -> None:
    with OnvifDevice(Login("guard", SECRET), STREAMS) as device:
        assert device.port not in [one.port for one in devices_find(user=admin, seconds=2)]
        with pytest.raises(InvalidError, match="in none of the networks"):
            device_streams(user=admin, device=DeviceLogin("127.0.0.1", device.port, "guard", SECRET))
        assert device.asked == []


@pytest.mark.slow
def test_a_device_cannot_send_the_search_on_to_another_host(admin: User) -> None:
    CameraNetwork.objects.create(network="127.0.0.1/32")
    login = Login("guard", SECRET)
    with OnvifDevice(login, STREAMS, host="127.0.0.2") as target:
        with OnvifDevice(login, STREAMS, redirect=target.address) as device, pytest.raises(InvalidError):
            device_streams(user=admin, device=DeviceLogin("127.0.0.1", device.port, "guard", SECRET))
        assert device.asked and not target.asked


def test_without_the_optional_part_it_says_what_to_install(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MODULE", "tests.cameras.discovery_without_parts")
    with pytest.raises(InvalidError, match=r"requirements/onvif\.txt"):
        devices_find(user=admin)
