"""Uploads to a real web process: streamed, refused early, cut off half-way."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3
from django.test import Client
from rest_framework_simplejwt.tokens import RefreshToken

from cameras.models import Camera, Recording
from cameras.selectors import CameraPermission
from tests.cameras.footage import small_video
from tests.cameras.web_server import WebServer, web_server
from tests.cameras.world import grant, make_camera, make_user, stored_files
from vms.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
LIMIT = 40 * 2**20


@dataclass(frozen=True, slots=True)
class Site:
    """One running web process and the people who send things to it."""

    server: WebServer
    camera: Camera
    uploader: User

    def address(self, **query: object) -> str:
        words = "&".join(f"{name}={value}" for name, value in {"camera": self.camera.id, **query}.items())
        return f"/api/v1/recordings/content?{words}"

    def put(self, body: Any, *, user: User | None = None, **query: object) -> tuple[int, dict[str, Any]]:
        headers = bearer(user or self.uploader)
        url = f"http://127.0.0.1:{self.server.port}{self.address(**query)}"
        answer = urllib3.request("PUT", url, body=body, headers=headers, retries=False, timeout=60)
        return answer.status, answer.json()

    def request_head(self, *headers: str) -> bytes:
        lines = [f"PUT {self.address()} HTTP/1.1", f"Host: 127.0.0.1:{self.server.port}", *headers, "", ""]
        return "\r\n".join(lines).encode()


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {RefreshToken.for_user(user).access_token}"}


@pytest.fixture
def site(media: Path) -> Iterator[Site]:
    camera, uploader = make_camera("Gate"), make_user("uwe")
    grant(uploader, camera)
    limits = {"VMS_MEDIA_DIR": str(media), "VMS_UPLOAD_MAX_BYTES": str(LIMIT), "VMS_STORAGE_RESERVE_BYTES": "0"}
    with web_server(limits) as server:
        yield Site(server, camera, uploader)


def answer_to(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    """The whole answer on a connection that the server closes."""
    received = b""
    while part := connection.recv(65_536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def wait_for_no_files() -> list[str]:
    for _ in range(100):
        if not stored_files():
            break
        time.sleep(0.05)
    return stored_files()


def test_a_script_uploads_with_one_put(site: Site) -> None:
    film = small_video(seconds=2)
    status, job = site.put(film, name="..%2F..%2Fyard.mp4", started_at="2026-07-14T12:00:00Z")
    assert (status, job["state"]) == (201, "validating")
    recording = Recording.objects.get()
    assert (recording.original_name, recording.size_bytes) == ("yard.mp4", len(film))
    assert recording.started_at.isoformat() == "2026-07-14T12:00:00+00:00"
    assert stored_files() == [f"recordings/{recording.id}"]


def test_a_script_uploads_a_form(site: Site) -> None:
    film = small_video(seconds=2)
    url = f"http://127.0.0.1:{site.server.port}/api/v1/recordings"
    fields: dict[str, Any] = {"camera": str(site.camera.id), "file": ("../yard.mp4", film)}
    answer = urllib3.request("POST", url, fields=fields, headers=bearer(site.uploader), retries=False)
    assert answer.status == 201
    assert stored_files() == [f"recordings/{answer.json()['recording']}"]


def test_the_web_process_does_not_hold_an_upload_in_memory(site: Site) -> None:
    before = site.server.peak_memory_mib()
    status, _ = site.put(iter([b"\x00" * 2**20] * 39))
    assert status == 201
    assert site.server.peak_memory_mib() - before < 30


def test_an_upload_without_a_login_is_refused_before_its_body(site: Site) -> None:
    with site.server.connect() as connection:
        connection.sendall(site.request_head("Content-Length: 1000000"))
        status, answer = answer_to(connection)
    assert (status, answer["code"]) == (401, "not_authenticated")
    assert wait_for_no_files() == []


def test_an_upload_by_somebody_who_may_only_view_is_refused_before_its_body(site: Site) -> None:
    viewer = make_user("vera")
    grant(viewer, site.camera, CameraPermission.VIEW)
    with site.server.connect() as connection:
        authorization = f"Authorization: {bearer(viewer)['Authorization']}"
        connection.sendall(site.request_head("Content-Length: 1000000", authorization))
        status, answer = answer_to(connection)
    assert (status, answer["code"]) == (404, "not_found")


def test_a_file_announced_over_the_limit_is_refused_before_its_body(site: Site) -> None:
    with site.server.connect() as connection:
        authorization = f"Authorization: {bearer(site.uploader)['Authorization']}"
        connection.sendall(site.request_head(f"Content-Length: {LIMIT + 1}", authorization))
        status, answer = answer_to(connection)
    assert (status, answer["code"]) == (413, "too_large")
    assert answer["message"] == "The file is larger than the 40.0 MiB that are allowed. Nothing was stored."
    assert wait_for_no_files() == []


def test_a_file_of_unannounced_length_is_refused_where_it_passes_the_limit(site: Site) -> None:
    part = b"\x00" * 2**20
    with site.server.connect() as connection:
        authorization = f"Authorization: {bearer(site.uploader)['Authorization']}"
        connection.sendall(site.request_head("Transfer-Encoding: chunked", authorization))
        for _ in range(LIMIT // 2**20 + 1):
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        connection.sendall(b"0\r\n\r\n")
        status, _ = answer_to(connection)
    assert status == 413
    assert wait_for_no_files() == [] and not Recording.objects.exists()


def test_an_upload_cut_off_half_way_leaves_nothing(site: Site) -> None:
    with site.server.connect() as connection:
        authorization = f"Authorization: {bearer(site.uploader)['Authorization']}"
        connection.sendall(site.request_head("Content-Length: 20000000", authorization))
        connection.sendall(b"\x00" * 10_000_000)
        for _ in range(100):
            if stored_files():
                break
            time.sleep(0.05)
        assert [name.split("/")[0] for name in stored_files()] == ["incoming"]
    assert wait_for_no_files() == []
    assert not Recording.objects.exists()


def test_an_empty_body_is_refused(site: Site) -> None:
    status, answer = site.put(b"")
    assert (status, answer["message"]) == (422, "The file is empty. Nothing was stored.")
    assert wait_for_no_files() == []


def test_a_large_form_of_somebody_unknown_is_refused_before_its_body(site: Site) -> None:
    with site.server.connect() as connection:
        lines = ["POST /login/ HTTP/1.1", "Host: 127.0.0.1", "Content-Type: multipart/form-data; boundary=x"]
        connection.sendall("\r\n".join([*lines, "Content-Length: 30000000", "", ""]).encode())
        status, answer = answer_to(connection)
    assert (status, answer["code"]) == (401, "not_authenticated")


def test_a_session_needs_its_csrf_token_to_upload(site: Site) -> None:
    browser = Client()
    browser.force_login(site.uploader)
    cookies = f"sessionid={browser.cookies['sessionid'].value}; csrftoken={'a' * 32}"
    url = f"http://127.0.0.1:{site.server.port}{site.address()}"
    film = small_video(seconds=2)
    without = urllib3.request("PUT", url, body=film, headers={"Cookie": cookies}, retries=False)
    assert without.status == 403 and wait_for_no_files() == []
    headers = {"Cookie": cookies, "X-CSRFToken": "a" * 32}
    assert urllib3.request("PUT", url, body=film, headers=headers, retries=False).status == 201
