"""Signed requests as a node makes them, through Django's test client."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from django.http.response import HttpResponseBase
from django.test import Client
from pydantic import BaseModel

from tests.workers.leased import TOKEN
from workers.runtime.contract import (
    CONTENT_HEADER,
    NODE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    sign,
)

PREFIX = "/internal/v1/"


@dataclass
class NodeCaller:
    name: str = "north"
    token: str = TOKEN
    client: Client = field(default_factory=Client)

    def headers(self, method: str, path: str, body: bytes, **changed: str) -> dict[str, str]:
        values = {
            "timestamp": str(int(time.time())),
            "nonce": secrets.token_urlsafe(18),
            "body_sha256": hashlib.sha256(body).hexdigest(),
        } | changed
        return {
            NODE_HEADER: self.name,
            TIMESTAMP_HEADER: values["timestamp"],
            NONCE_HEADER: values["nonce"],
            CONTENT_HEADER: values["body_sha256"],
            SIGNATURE_HEADER: sign(self.token, method=method, path=PREFIX + path, **values),
        }

    def call(self, method: str, path: str, body: bytes | BaseModel = b"", headers: dict[str, str] | None = None) -> Any:
        data = body.model_dump_json().encode() if isinstance(body, BaseModel) else body
        signed = self.headers(method, path, data) if headers is None else headers
        return self.client.generic(method, PREFIX + path, data, "application/json", headers=signed)

    def post(self, path: str, body: bytes | BaseModel = b"") -> Any:
        return self.call("POST", path, body)


def content(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
