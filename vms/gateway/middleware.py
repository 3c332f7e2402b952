"""Request ids: one per request, in every log line and in the answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

REQUEST_ID_HEADER = "X-Request-ID"
ACCEPTED = re.compile(r"[A-Za-z0-9-]{8,64}")

Handler = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


def request_id(request: HttpRequest) -> str:
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if ACCEPTED.fullmatch(given) else uuid.uuid4().hex


class RequestIdMiddleware:
    """Async-capable, so that no request waits inside a bridge to a thread for it."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._asynchronous = iscoroutinefunction(get_response)
        if self._asynchronous:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._asynchronous:
            return self._answer(request)
        identity = self._begin(request)
        response = self.get_response(request)
        assert isinstance(response, HttpResponseBase)  # noqa: S101  the sync chain gives no awaitable
        response[REQUEST_ID_HEADER] = identity
        return response

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        identity = self._begin(request)
        waiting = self.get_response(request)
        assert not isinstance(waiting, HttpResponseBase)  # noqa: S101  the async chain gives an awaitable
        response = await waiting
        response[REQUEST_ID_HEADER] = identity
        return response

    def _begin(self, request: HttpRequest) -> str:
        identity = request_id(request)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identity)
        return identity
