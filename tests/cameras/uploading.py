"""A running web process, people who send things to it, and raw requests to it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

import urllib3
from rest_framework_simplejwt.tokens import RefreshToken

from cameras.models import Camera
from tests.cameras.web_server import WebServer
from tests.cameras.world import stored_files
from vms.accounts.models import User

LIMIT = 40 * 2**20
LIMITS = {"VMS_UPLOAD_MAX_BYTES": str(LIMIT), "VMS_STORAGE_RESERVE_BYTES": "0"}


@dataclass(frozen=True, slots=True)
class Site:
    """One running web process, a camera, and somebody who may upload for it."""

    server: WebServer
    camera: Camera
    uploader: User

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def address(self, **query: object) -> str:
        words = "&".join(f"{name}={value}" for name, value in {"camera": self.camera.id, **query}.items())
        return f"/api/v1/recordings/content?{words}"

    def put(self, body: Any, *, user: User | None = None, **query: object) -> tuple[int, dict[str, Any]]:
        headers = bearer(user or self.uploader)
        answer = urllib3.request(
            "PUT", self.url + self.address(**query), body=body, headers=headers, retries=False, timeout=120
        )
        return answer.status, answer.json()

    def request_head(self, *headers: str) -> bytes:
        return head("PUT", self.address(), *headers)


def head(method: str, path: str, *headers: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {RefreshToken.for_user(user).access_token}"}


def answer_to(connection: socket.socket) -> tuple[int, str, str]:
    """Status, headers and body of the answer, which says that the connection ends with it."""
    answer = HTTPResponse(connection)
    answer.begin()
    assert answer.getheader("Connection") == "close"
    return answer.status, str(answer.headers).lower(), answer.read().decode()


def wait_for(holds: Callable[[], bool]) -> None:
    """For another process; what is waited for is asserted by the caller."""
    for _ in range(1_200):
        if holds():
            return
        time.sleep(0.05)


def wait_for_no_files() -> list[str]:
    wait_for(lambda: not stored_files())
    return stored_files()
