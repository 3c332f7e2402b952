"""What a process hears from Valkey, handed to its open pages.

Each message is read once for all pages, and what pages may see is read for all of them together: every few seconds,
and as soon as ``access.changed`` comes. Pushes are a courtesy, the rows are the truth: what PostgreSQL has and no push
brought is handed over too.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from alerts.selectors import alerts_waiting_for
from events.catch_up import missed_by, missed_by_all
from events.live import CHANNEL, LiveMessage
from events.live_access import access_of
from events.live_memory import LiveMemory, News, user_of
from events.live_page import REFUSED, LivePage

CHECK_SECONDS = 3.0
LOOK_SECONDS = 15.0
COUNT_SECONDS = 3.0
"""The first of some alerts is counted at once; in a storm of them nobody reads a number that changes each second."""
RETRY_SECONDS = 1.0
GATHER_SECONDS = 0.02
"""A person who is given five hundred cameras is looked up once."""

log = structlog.get_logger(__name__)


class LiveFeed:
    """Of one event loop; works while somebody holds it (``feed_join``)."""

    def __init__(self) -> None:
        self.holders = 0
        self.pages: set[LivePage] = set()
        self._entering: list[LivePage] = []
        self._reading = asyncio.Lock()
        self._doubted: set[str] = set()
        """Groups of users whose access was changed: nothing more is told before it is read what they may see."""
        self._memory = LiveMemory()
        self._looked_until = timezone.now()
        self._look_at = time.monotonic() + LOOK_SECONDS
        self._listening = asyncio.Event()
        self._wake = asyncio.Event()
        self._alert_news = asyncio.Event()
        works = (self._listen, self._watch, self._count)
        self._tasks = [asyncio.create_task(_persistently(work)) for work in works]

    async def enter(self, page: LivePage) -> bool:
        """Whether the page's user is signed in; from here on it is told what they may see. Many are read together."""
        await self._listening.wait()
        self._entering.append(page)
        async with self._reading:
            if page in self._entering:
                entering, self._entering = self._entering, []
                await self._read_access(entering)
                self.pages.update(other for other in entering if not other.is_ended)
        return page in self.pages

    async def resume(self, page: LivePage, cursor: datetime) -> None:
        """Tell the page what came since its cursor."""
        if page.access is None:
            return
        now = timezone.now()
        news = self._memory.since(cursor)
        if news is not None:
            page.tell([each.text for each in news if each.is_for(page)])
        else:
            missed = await database_sync_to_async(missed_by)(page.access.user, cursor)
            page.tell(json.dumps(message) for message in missed if page.sees(message["camera_id"]))
        page.tell([cursor_text("caught_up", now)])
        self._alert_news.set()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self) -> None:
        try:
            async with Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as line:
                await line.subscribe(CHANNEL)
                while True:
                    await self._hear_next(line)
        finally:
            self._memory.complete_since = None
            self._listening.set()  # without Valkey, pages still have what PostgreSQL has

    async def _hear_next(self, line: PubSub) -> None:
        message = await line.get_message(timeout=GATHER_SECONDS if self._doubted else None)
        if message is None:
            await self._settle_doubts()
        elif message["type"] == "subscribe":
            self._memory.complete_since = timezone.now()
            self._look_soon() if self._listening.is_set() else self._listening.set()
        elif message["type"] == "message":
            await self._hear(message["data"].decode())

    async def _hear(self, said: str) -> None:
        group, _, text = said.partition(" ")
        message: LiveMessage = json.loads(text)
        if message["kind"] == "access.changed":
            self._doubted.add(group)
            return
        await self._settle_doubts()
        self._tell(message, self._memory.keep(group, message, text))

    def _tell(self, message: LiveMessage, news: News) -> None:
        if message["kind"].startswith("alert."):
            self._alert_news.set()
        for page in self.pages:
            if news.is_for(page):
                page.tell((news.text,))

    async def _settle_doubts(self) -> None:
        if not self._doubted:
            return
        users = {user_of(group) for group in self._doubted}
        async with self._reading:
            await self._read_access([page for page in self.pages if page.access and page.access.user.pk in users])
        self._doubted.clear()

    async def _read_access(self, pages: Iterable[LivePage]) -> None:
        """Under ``_reading``: an older answer must not come after a newer one."""
        pages = list(pages)
        if not pages:
            return
        known = await _in_a_thread(access_of, {page.session_key for page in pages})
        for page in pages:
            page.access = None if page.is_ended else known.get(page.session_key)
            if page.access is None:
                page.end(REFUSED)
                self.pages.discard(page)

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), CHECK_SECONDS)
            self._wake.clear()
            async with self._reading:
                await self._read_access(self.pages)
            if time.monotonic() >= self._look_at:
                await self._look()

    def _look_soon(self) -> None:
        """Valkey was away: what was pushed meanwhile is lost."""
        self._look_at = time.monotonic()
        self._wake.set()

    async def _look(self) -> None:
        """Tell what PostgreSQL has and no push brought; then every page has what there is until now."""
        now = timezone.now()
        for group, message in await _in_a_thread(missed_by_all, self._looked_until):
            if not self._memory.knows(group, message):
                self._tell(message, self._memory.keep(group, message, json.dumps(message)))
        for page in self.pages:
            page.tell([cursor_text("caught_up", now)])
        self._looked_until, self._look_at = now, time.monotonic() + LOOK_SECONDS
        self._memory.forget()

    async def _count(self) -> None:
        """Tell each page the number of its alerts, so that a thousand pages that hear of one do not ask for it."""
        while True:
            await self._alert_news.wait()
            self._alert_news.clear()
            pages = [(page, page.access) for page in self.pages if page.access is not None]
            people = [(access.user, access.cameras) for _, access in pages]
            for (page, access), number in zip(pages, await _in_a_thread(alerts_waiting_for, people), strict=True):
                if page.access is not None and page.access.cameras == access.cameras:
                    page.tell_number(number)
                else:
                    self._alert_news.set()
            await asyncio.sleep(COUNT_SECONDS)


_feeds: dict[asyncio.AbstractEventLoop, LiveFeed] = {}


def feed_join() -> LiveFeed:
    """The feed of this event loop; each who joins leaves it with ``feed_leave``."""
    loop = asyncio.get_running_loop()
    feed = _feeds.get(loop) or _feeds.setdefault(loop, LiveFeed())
    feed.holders += 1
    return feed


async def feed_leave(feed: LiveFeed, page: LivePage) -> None:
    feed.pages.discard(page)
    feed.holders -= 1
    if not feed.holders:
        del _feeds[asyncio.get_running_loop()]
        await feed.stop()


def cursor_text(kind: str, at: datetime) -> str:
    return json.dumps({"kind": kind, "cursor": at.isoformat()})


async def _persistently(work: Callable[[], Awaitable[None]]) -> None:
    """A server that is away, or a surprise, ends no page: it begins again."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  the edge of a task that must not end
            log.warning("live.interrupted", work=work.__name__, error=str(error))
            await asyncio.sleep(RETRY_SECONDS)


async def _in_a_thread(question: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401  passed through
    """In another than the one in which pages wait for each other's queries: a thousand that come back hold up none."""
    return await database_sync_to_async(question, thread_sensitive=False)(*arguments)
