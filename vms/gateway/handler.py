"""How a request gets through middleware and view: on one thread, from one end to the other, when it has its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

APART = ("/internal/", "/healthz", "/readyz", "/metrics")
"""What does not wait behind pages."""
AT_ONCE = settings.DATABASE_POOL // 2
"""Pages, and as many requests of workers: together they find a database connection each. More at once would not be
answered sooner, since a Python process works on one of them at a time."""
DRAWN_AT_ONCE = 2
"""Pages on which a process works at the same time: one, while the other waits for PostgreSQL. More would be ready no
sooner, and what has to be done besides, events taken in and sockets told, would share the processor with each."""
DRAWN_WITHIN_SECONDS = 0.5
"""A page that takes longer waits for something else, such as a camera's answer: others need not wait for it."""


class OneThreadHandler(ASGIHandler):
    """Django's own, but that it crosses to a thread once: every view here is synchronous.

    Where Django builds the chain for asynchronous views, each request goes from the thread of the middleware back
    to the event loop and again to a thread for its view, which costs more than most answers.

    A crowd of pages does not make workers wait behind all of them, nor a flood of events pages: each have turns.
    """

    def __init__(self) -> None:
        super().__init__()
        self._turns = {start: asyncio.Semaphore(AT_ONCE) for start in (*APART, "")}
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002  as in Django
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        kind = next((start for start in APART if request.path.startswith(start)), "")
        async with self._turns[kind], nullcontext() if kind else self._drawn():
            return await sync_to_async(self.get_response, thread_sensitive=True)(request)

    @asynccontextmanager
    async def _drawn(self) -> AsyncIterator[None]:
        """A page's turn at the processor, which ends with it or after ``DRAWN_WITHIN_SECONDS``."""
        await self._drawing.acquire()
        loop = asyncio.get_running_loop()
        end = loop.call_later(DRAWN_WITHIN_SECONDS, self._drawing.release)
        try:
            yield
        finally:
            if loop.time() < end.when():
                end.cancel()
                self._drawing.release()
