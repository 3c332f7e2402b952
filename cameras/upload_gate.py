"""Stands before Django: refuses a large body before it is read, and streams a recording's bytes straight to its disk.

Django spools every body to a temporary file before any view or middleware runs, so a limit or a permission
that is checked there comes too late. Needs a server that hands bodies on as they arrive: uvicorn, not daphne.
"""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from io import BytesIO
from typing import cast

import structlog
from asgiref.sync import ThreadSensitiveContext
from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
)
from channels.db import database_sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.utils.translation import gettext as _

from cameras.selectors import CameraPermission, camera_get, cameras_visible_to
from cameras.uploads import RECEIVED_SCOPE_KEY, IncomingFile, ReceivedFile, size_require
from vms.accounts.authentication import authenticate_request
from vms.errors import REFUSAL_SCOPE_KEY, DomainError, ForbiddenError, InvalidError, TooLargeError
from vms.storage.media import space_require
from workers.api.internal.authentication import NODE_SCOPE_KEY, node_authenticate
from workers.api.internal.counters import REFUSED
from workers.models import WorkerNode

RAW_UPLOAD = re.compile(r"/api/v1/recordings/content/?")
INTERNAL = "/internal/"
FOR_SCRIPTS = ("/api/", INTERNAL)

REQUEST_MAX_BYTES = 16 * 2**20
"""The largest body of anybody who may not upload recordings."""
INTERNAL_MAX_BYTES = 2 * 2**30
"""Clips from GPU hosts that have proved who they are."""
FORM_OVERHEAD_BYTES = 64 * 1024
WRITE_BYTES = 2**20
IDLE_SECONDS = 60
DRAIN_SECONDS, DRAIN_BYTES = 2, 32 * 2**20
"""How long a refused sender may go on, so that it reads the answer instead of a broken connection."""

log = structlog.get_logger(__name__)


class UploadStalledError(DomainError):
    code = "upload_stalled"
    http_status = 408


class UploadGate:
    """ASGI middleware around Django's own application."""

    def __init__(self, application: ASGI3Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        try:
            async with ThreadSensitiveContext():
                await self._pass(scope, receive, send)
        except DomainError as error:
            # Django has not answered yet: it starts only once it has the whole body, and raises these itself never.
            if scope["path"].startswith(INTERNAL):
                REFUSED.labels(error.code).inc()
            log.info("request.refused", code=error.code, message=error.message, path=scope["path"])
            await self._refuse(error, scope, receive, send)

    async def _pass(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        announced = _announced_bytes(scope)
        if scope["method"] == "PUT" and RAW_UPLOAD.fullmatch(scope["path"]):
            await self._pass_recording(scope, receive, send)
        elif scope["path"].startswith(INTERNAL):
            node = await database_sync_to_async(_node_admit)(scope, announced)
            signed = cast("HTTPScope", {**scope, NODE_SCOPE_KEY: node})
            await self._pass_limited(signed, receive, send, INTERNAL_MAX_BYTES)
        elif announced > REQUEST_MAX_BYTES:
            await database_sync_to_async(_form_admit)(scope, announced)
            await self._pass_limited(scope, receive, send, announced)
        else:
            await self._pass_limited(scope, receive, send, REQUEST_MAX_BYTES)

    async def _pass_limited(
        self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable, limit: int
    ) -> None:
        if _announced_bytes(scope) > limit:
            raise TooLargeError(_("The request is larger than %(limit)s MiB.") % {"limit": limit // 2**20})
        taken = 0

        async def limited() -> ASGIReceiveEvent:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message["body"])
                if taken > limit:
                    raise TooLargeError(_("The request is larger than %(limit)s MiB.") % {"limit": limit // 2**20})
            return message

        await self.application(scope, limited, send)

    async def _pass_recording(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await database_sync_to_async(_recording_admit)(scope, _announced_bytes(scope))
        file = await _recording_take(receive)
        if file is None:
            log.info("upload.cut_off", path=scope["path"])
            return
        try:
            await self.application(cast("HTTPScope", {**scope, RECEIVED_SCOPE_KEY: file}), _bodyless(receive), send)
        finally:
            await asyncio.to_thread(file.close)

    async def _refuse(
        self, error: DomainError, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Answer, and let the sender go on for a little: one that only ever writes would see a broken connection."""

        async def drain_before_the_end(message: ASGISendEvent) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                await send({**message, "more_body": True})
                with suppress(TimeoutError):
                    await asyncio.wait_for(_drain(receive), DRAIN_SECONDS)
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        if _wants_page(scope):
            # Django renders it, with the menu of who is logged in and with every header of a page.
            refused = cast("HTTPScope", {**scope, REFUSAL_SCOPE_KEY: error})
            await self.application(refused, _bodyless(_never), drain_before_the_end)
        else:
            await _send_json(error, drain_before_the_end)


def _announced_bytes(scope: HTTPScope) -> int:
    """The length that the sender announced, 0 where it did not."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    if not lengths:
        return 0
    if len(lengths) > 1 or not re.fullmatch(rb"[0-9]{1,18}", lengths[0]):
        raise InvalidError(_("The request's length is not a number."))
    return int(lengths[0])


def _node_admit(scope: HTTPScope, announced: int) -> WorkerNode:
    """The node that signed the headers; whether the body is the signed one, the view finds out as it reads it."""
    node = node_authenticate(ASGIRequest(scope, BytesIO()))
    if announced > REQUEST_MAX_BYTES:
        # Spooled whole before the clip is taken out of it, so it needs the room twice.
        space_require(2 * announced)
    return node


def _form_admit(scope: HTTPScope, announced: int) -> None:
    user = authenticate_request(ASGIRequest(scope, BytesIO()))
    if not cameras_visible_to(user, CameraPermission.UPLOAD).exists():
        raise ForbiddenError(_("You may not upload recordings."))
    size_require(announced - FORM_OVERHEAD_BYTES)
    # A form is spooled whole before its file is taken out of it, so it needs the room twice.
    space_require(2 * announced)


def _recording_admit(scope: HTTPScope, announced: int) -> None:
    request = ASGIRequest(scope, BytesIO())
    user = authenticate_request(request)
    camera = request.GET.get("camera", "")
    if not re.fullmatch(r"[0-9]{1,18}", camera):
        raise InvalidError(_("Say which camera the recording is of: ?camera=…"), fields={"camera": ["A camera's id."]})
    camera_get(user, int(camera), CameraPermission.UPLOAD)
    size_require(announced)
    space_require(announced)


async def _recording_take(receive: ASGIReceiveCallable) -> ReceivedFile | None:
    """The body as a file, or None where the sender went away before its end."""
    incoming = await asyncio.to_thread(IncomingFile)
    try:
        if not await _write_body(incoming, receive):
            return None
        return await asyncio.to_thread(incoming.finish)
    finally:
        incoming.discard_unfinished()


async def _write_body(incoming: IncomingFile, receive: ASGIReceiveCallable) -> bool:
    waiting = bytearray()
    while True:
        try:
            message = await asyncio.wait_for(receive(), IDLE_SECONDS)
        except TimeoutError:
            raise UploadStalledError(
                _("Nothing arrived for %(idle_seconds)s seconds. Nothing was stored.") % {"idle_seconds": IDLE_SECONDS}
            ) from None
        if message["type"] != "http.request":
            return False
        waiting += message["body"]
        done = not message["more_body"]
        if waiting and (done or len(waiting) >= WRITE_BYTES):
            await asyncio.to_thread(incoming.write, bytes(waiting))
            waiting.clear()
        if done:
            return True


def _bodyless(receive: ASGIReceiveCallable) -> ASGIReceiveCallable:
    """Gives Django an empty body, and then whatever comes: it listens for the sender's going away."""
    given = False

    async def after_body() -> ASGIReceiveEvent:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return after_body


async def _never() -> ASGIReceiveEvent:
    await asyncio.Event().wait()
    raise AssertionError("nothing sets it")


def _wants_page(scope: HTTPScope) -> bool:
    """Whether a browser sent a form: it names HTML, where a script takes anything."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepted and not scope["path"].startswith(FOR_SCRIPTS)


async def _send_json(error: DomainError, send: ASGISendCallable) -> None:
    body = json.dumps(error.as_json()).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": error.http_status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _drain(receive: ASGIReceiveCallable) -> None:
    dropped = 0
    while dropped < DRAIN_BYTES:
        message = await receive()
        if message["type"] != "http.request" or not message["more_body"]:
            return
        dropped += len(message["body"])
