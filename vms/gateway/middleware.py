"""Request ids: one per request, in every log line and in the answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

REQUEST_ID_HEADER = "X-Request-ID"
BEGAN_AT = "vms.began_at"
"""In ``request.META``: since when whatever an answer does not tell yet is news to its page."""
ACCEPTED = re.compile(r"[A-Za-z0-9-]{8,64}")

Handler = Callable[[HttpRequest], HttpResponseBase]


def request_id(request: HttpRequest) -> str:
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if ACCEPTED.fullmatch(given) else uuid.uuid4().hex


class RequestIdMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        identity = request_id(request)
        request.META[BEGAN_AT] = timezone.now().isoformat()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identity)
        response = self.get_response(request)
        response[REQUEST_ID_HEADER] = identity
        return response
