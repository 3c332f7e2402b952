"""The one socket of a page: it carries what happens on the cameras that its user may see."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from cameras.selectors import cameras_visible_to
from events.catch_up import missed_since
from events.live import LiveMessage, camera_group, user_group
from vms.accounts.models import User

SESSIONS = import_module(settings.SESSION_ENGINE)
log = structlog.get_logger(__name__)

RECHECK_SECONDS = 30
MOST_TEXT = 1_000
REFUSED = 4401
"""A close code that tells the page not to try again: the user has to sign in."""


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Joins one group for each visible camera and the user's own.

    ``access.changed`` and a slow timer read the permissions again. The same timer sends what PostgreSQL
    has and a lost push did not bring: pushes are a courtesy, the rows are the truth.
    """

    user: User
    cameras: frozenset[int] = frozenset()
    seen_until: datetime
    timer: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        await self.accept()  # accepted first: a browser does not see the code of a refused handshake
        if not await self._identify():
            await self.close(REFUSED)
            return
        self.seen_until = timezone.now()
        await self.channel_layer.group_add(user_group(self.user.id), self.channel_name)
        await self._rejoin()
        self.timer = asyncio.create_task(self._recheck_forever())
        await self._send_cursor("ready")

    async def disconnect(self, code: int) -> None:
        if self.timer is None:
            return
        self.timer.cancel()
        with suppress(asyncio.CancelledError):
            await self.timer
        await self.channel_layer.group_discard(user_group(self.user.id), self.channel_name)
        for camera_id in self.cameras:
            await self.channel_layer.group_discard(camera_group(camera_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        if text_data is None or len(text_data) > MOST_TEXT:
            await self.close(4400)
            return
        if not text_data:
            return
        await super().receive(text_data=text_data, bytes_data=bytes_data, **kwargs)

    async def receive_json(self, content: object, **_kwargs: Any) -> None:  # noqa: ANN401
        """``{"resume": "<ISO time>"}``: send what came since that cursor."""
        cursor = _cursor(content)
        if cursor is None or self.timer is None:
            return
        await self._catch_up(cursor)

    @classmethod
    async def decode_json(cls, text_data: str) -> object:
        try:
            return await super().decode_json(text_data)
        except ValueError:
            return None

    async def live_message(self, event: dict[str, LiveMessage]) -> None:
        """From the groups. The camera is looked at again: the message may have waited while access was taken."""
        message = event["message"]
        if message["kind"] == "access.changed":
            await self._recheck()
        elif message["camera_id"] is None or message["camera_id"] in self.cameras:
            await self.send_json(message)

    async def _recheck_forever(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            try:
                await self._recheck()
                await self._catch_up(self.seen_until)
            except (DatabaseError, OSError) as error:
                log.warning("live.recheck_failed", error=str(error))

    async def _recheck(self) -> None:
        if await self._identify():
            await self._rejoin()
        else:
            await self._leave(self.cameras)
            await self.close(REFUSED)

    async def _identify(self) -> bool:
        """Read the session's user again: it may have signed out or been switched off."""
        user = await database_sync_to_async(self._session_user)()
        if user is None:
            return False
        self.user = user
        return True

    def _session_user(self) -> User | None:
        session = self.scope.get("session")
        if session is None:
            return None
        request = HttpRequest()
        request.session = SESSIONS.SessionStore(session.session_key)  # the scope's own copy is as old as the socket
        user = get_user(request)
        return user if isinstance(user, User) and user.is_active else None

    async def _rejoin(self) -> None:
        visible = await database_sync_to_async(_camera_ids)(self.user)
        await self._leave(self.cameras - visible)
        for camera_id in visible - self.cameras:
            await self.channel_layer.group_add(camera_group(camera_id), self.channel_name)
        self.cameras = visible

    async def _leave(self, cameras: frozenset[int]) -> None:
        self.cameras -= cameras
        for camera_id in cameras:
            await self.channel_layer.group_discard(camera_group(camera_id), self.channel_name)

    async def _catch_up(self, cursor: datetime) -> None:
        now = timezone.now()
        for message in await database_sync_to_async(missed_since)(self.user, cursor):
            await self.send_json(message)
        self.seen_until = now
        await self._send_cursor("caught_up")

    async def _send_cursor(self, kind: str) -> None:
        await self.send_json({"kind": kind, "cursor": self.seen_until.isoformat()})


def _camera_ids(user: User) -> frozenset[int]:
    return frozenset(cameras_visible_to(user).values_list("id", flat=True))


def _cursor(content: object) -> datetime | None:
    text = content.get("resume") if isinstance(content, dict) else None
    try:
        cursor = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return cursor.astimezone(UTC) if cursor and cursor.tzinfo else None
