"""How a request gets through middleware and view: on one thread, from one end to the other."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class OneThreadHandler(ASGIHandler):
    """Django's own, but that it crosses to a thread once: every view here is synchronous.

    Where Django builds the chain for asynchronous views, each request goes from the thread of the middleware back
    to the event loop and again to a thread for its view, which costs more than most answers.
    """

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002  as in Django
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
