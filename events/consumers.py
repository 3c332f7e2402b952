"""The one socket of a page: it carries what happens on the cameras that its user may see."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import datetime
from typing import cast

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone

from events.live_feed import LiveFeed, cursor_text, feed_join, feed_leave
from events.live_page import LivePage, Send
from vms.moments import moment_read

MOST_TEXT = 1_000
TOO_MUCH = 4400


class LiveConsumer(AsyncWebsocketConsumer):
    """Each frame to the page is a JSON list of messages; from it comes ``{"resume": "<ISO time>"}``, its cursor."""

    feed: LiveFeed | None = None
    page: LivePage
    writer: asyncio.Task[None]

    async def connect(self) -> None:
        await self.accept()  # accepted first: a browser does not see the code of a refused handshake
        self.page = LivePage(self.scope["session"].session_key or "", cast(Send, self.base_send))
        self.writer = asyncio.create_task(self.page.write())
        self.feed = feed_join()
        if await self.feed.enter(self.page):
            self.page.tell([cursor_text("ready", timezone.now())])

    async def disconnect(self, code: int) -> None:
        if self.feed is None:
            return
        self.writer.cancel()
        with suppress(asyncio.CancelledError):
            await self.writer
        await feed_leave(self.feed, self.page)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data is None or len(text_data) > MOST_TEXT:
            self.page.end(TOO_MUCH)
            return
        cursor = _cursor(text_data)
        if cursor is not None and self.feed is not None:
            await self.feed.resume(self.page, cursor)


def _cursor(text: str) -> datetime | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return moment_read(content.get("resume")) if isinstance(content, dict) else None
