"""Uploads to a real web process: streamed, refused early, cut off half-way."""

from __future__ import annotations

import json
import signal
import socket
from typing import Any

import pytest
import urllib3
from django.test import Client
from pytest_django import Settings

from cameras.models import Recording
from cameras.selectors import CameraPermission
from tests.cameras.footage import small_video
from tests.cameras.uploading import LIMIT, LIMITS, Site, answer_to, bearer, head, wait_for, wait_for_no_files
from tests.cameras.web_server import web_server
from tests.cameras.world import grant, make_user, stored_files
from vms.accounts.models import User
from vms.storage.media import incoming_sweep

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ONE_BYTE_AND_THE_END = b"1\r\n\x00\r\n0\r\n\r\n"
"""One too many. A refused sender has two seconds for what it has still to send: here it is nothing."""


def json_answer(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    status, _, body = answer_to(connection)
    return status, json.loads(body)


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
    fields: dict[str, Any] = {"camera": str(site.camera.id), "file": ("../yard.mp4", film)}
    answer = urllib3.request(
        "POST", f"{site.url}/api/v1/recordings", fields=fields, headers=bearer(site.uploader), retries=False
    )
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
        status, answer = json_answer(connection)
    assert (status, answer["code"]) == (401, "not_authenticated")
    assert wait_for_no_files() == []


def test_an_upload_by_somebody_who_may_only_view_is_refused_before_its_body(site: Site) -> None:
    viewer = make_user("vera")
    grant(viewer, site.camera, CameraPermission.VIEW)
    with site.server.connect() as connection:
        authorization = f"Authorization: {bearer(viewer)['Authorization']}"
        connection.sendall(site.request_head("Content-Length: 1000000", authorization))
        status, answer = json_answer(connection)
    assert (status, answer["code"]) == (404, "not_found")


def test_a_file_announced_over_the_limit_is_refused_before_its_body(site: Site) -> None:
    with site.server.connect() as connection:
        authorization = f"Authorization: {bearer(site.uploader)['Authorization']}"
        connection.sendall(site.request_head(f"Content-Length: {LIMIT + 1}", authorization))
        status, answer = json_answer(connection)
    assert (status, answer["code"]) == (413, "too_large")
    assert answer["message"] == "The file is larger than the 40.0 MiB that are allowed. Nothing was stored."
    assert wait_for_no_files() == []


def test_a_file_of_unannounced_length_is_refused_where_it_passes_the_limit(site: Site) -> None:
    part = b"\x00" * 2**20
    with site.server.connect() as connection:
        authorization = f"Authorization: {bearer(site.uploader)['Authorization']}"
        connection.sendall(site.request_head("Transfer-Encoding: chunked", authorization))
        for _ in range(LIMIT // 2**20):
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        connection.sendall(ONE_BYTE_AND_THE_END)
        status, _ = json_answer(connection)
    assert status == 413
    assert wait_for_no_files() == [] and not Recording.objects.exists()


def test_an_upload_cut_off_half_way_leaves_nothing(site: Site) -> None:
    with site.server.connect() as connection:
        authorization = f"Authorization: {bearer(site.uploader)['Authorization']}"
        connection.sendall(site.request_head("Content-Length: 20000000", authorization))
        connection.sendall(b"\x00" * 10_000_000)
        wait_for(lambda: bool(stored_files()))
        assert [name.split("/")[0] for name in stored_files()] == ["incoming"]
    assert wait_for_no_files() == []
    assert not Recording.objects.exists()


def test_an_empty_body_is_refused(site: Site) -> None:
    status, answer = site.put(b"")
    assert (status, answer["message"]) == (422, "The file is empty. Nothing was stored.")
    assert wait_for_no_files() == []


FORM = "Content-Type: multipart/form-data; boundary=x"
HTML = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"


def test_a_large_form_of_somebody_unknown_is_refused_before_its_body(site: Site) -> None:
    with site.server.connect() as connection:
        connection.sendall(head("POST", "/login/", FORM, "Content-Length: 30000000"))
        status, answer = json_answer(connection)
    assert (status, answer["code"]) == (401, "not_authenticated")


def session_cookie(user: User) -> str:
    browser = Client()
    browser.force_login(user)
    return f"sessionid={browser.cookies['sessionid'].value}"


def test_a_browsers_form_is_refused_with_a_page(site: Site) -> None:
    with site.server.connect() as connection:
        connection.sendall(head("POST", "/upload/", FORM, HTML, "Content-Length: 30000000"))
        status, headers, page = answer_to(connection)
    assert status == 401 and "text/html" in headers and "content-security-policy" in headers
    assert "Log in first." in page


def test_the_page_of_a_refusal_has_the_menu_of_who_is_logged_in(site: Site) -> None:
    with site.server.connect() as connection:
        cookie = f"Cookie: {session_cookie(site.uploader)}"
        connection.sendall(head("POST", "/upload/", FORM, HTML, cookie, f"Content-Length: {2 * LIMIT}"))
        status, _, page = answer_to(connection)
    assert status == 413
    assert "The file is larger than the 40.0 MiB that are allowed. Nothing was stored." in page
    assert "Sign out" in page
    assert wait_for_no_files() == []


def test_a_form_that_grows_past_what_it_announced_nothing_about_is_refused_with_a_page(site: Site) -> None:
    part = b"\x00" * 2**20
    with site.server.connect() as connection:
        connection.sendall(head("POST", "/upload/", FORM, HTML, "Transfer-Encoding: chunked"))
        for _ in range(16):
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        connection.sendall(ONE_BYTE_AND_THE_END)
        status, headers, page = answer_to(connection)
    assert status == 413 and "text/html" in headers
    assert "The request is larger than 16 MiB." in page
    assert wait_for_no_files() == []


def test_a_time_without_an_offset_is_on_the_clock_of_the_cameras_site(site: Site) -> None:
    site.camera.site.time_zone = "Europe/Berlin"
    site.camera.site.save()
    status, _ = site.put(small_video(seconds=2), started_at="2026-07-14T12:00")
    assert status == 201
    assert Recording.objects.get().started_at.isoformat() == "2026-07-14T10:00:00+00:00"


@pytest.mark.faults
def test_of_an_upload_to_a_web_process_that_is_killed_the_sweep_leaves_nothing(site: Site, settings: Settings) -> None:
    with web_server({**LIMITS, "VMS_MEDIA_DIR": str(settings.MEDIA_ROOT)}) as server:
        with server.connect() as connection:
            authorization = f"Authorization: {bearer(site.uploader)['Authorization']}"
            connection.sendall(site.request_head("Content-Length: 20000000", authorization))
            connection.sendall(b"\x00" * 10_000_000)
            wait_for(lambda: bool(stored_files()))
            server.signal(signal.SIGKILL)
            wait_for(lambda: not server.is_running())
        assert not server.is_running()
        assert [name.split("/")[0] for name in stored_files()] == ["incoming"]
    assert incoming_sweep(older_than_seconds=-1) == 1
    assert stored_files() == [] and not Recording.objects.exists()
    assert site.put(small_video(seconds=2))[0] == 201


def test_a_session_needs_its_csrf_token_to_upload(site: Site) -> None:
    cookies = session_cookie(site.uploader) + f"; csrftoken={'a' * 32}"
    url, film = site.url + site.address(), small_video(seconds=2)
    without = urllib3.request("PUT", url, body=film, headers={"Cookie": cookies}, retries=False)
    assert without.status == 403 and wait_for_no_files() == []
    headers = {"Cookie": cookies, "X-CSRFToken": "a" * 32}
    assert urllib3.request("PUT", url, body=film, headers=headers, retries=False).status == 201
