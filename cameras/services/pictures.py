"""The newest picture of each live camera that somebody is looking at, kept in Valkey for seconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, cast

import redis
import structlog
from django.conf import settings
from django.utils import timezone
from pydantic import AwareDatetime, BaseModel, Field
from redis.backoff import NoBackoff
from redis.retry import Retry

from vms.errors import InvalidError
from workers.runtime.contract import LiveBox

log = structlog.get_logger(__name__)

LIVE_SECONDS = 10
"""An older picture is not shown: it would pass for what the camera sees now."""
WANTED_SECONDS = 10
PACES = (0.5, 1.0, 2.0)
"""How many seconds may lie between two pictures for whoever looks; of several who look the fastest one counts."""
LEAST_GAP_MS = 400
"""Two pictures a second, with some room for a worker's timer."""
EARLY_SECONDS = 2.0
MOST_BYTES = 2 * 2**20
JPEG_START = b"\xff\xd8\xff"
HEAD_LENGTH_BYTES = 4


class PictureHead(BaseModel):
    """What stands before the JPEG under the camera's key."""

    taken_at: AwareDatetime
    boxes: Annotated[tuple[LiveBox, ...], Field(max_length=1_000)] = ()


@dataclass(frozen=True, slots=True)
class LivePicture:
    taken_at: datetime
    boxes: tuple[LiveBox, ...]
    jpeg: bytes


@cache
def _store() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1)
    )


def picture_want(camera_id: int) -> None:
    """Somebody looks at the camera: its worker sends pictures for the next ten seconds. Lost, it is asked again."""
    pictures_want([camera_id])


def pictures_want(camera_ids: Iterable[int], seconds: float = PACES[0]) -> None:
    """The same for many cameras in one go, for somebody who takes a picture of each every so many seconds."""
    pace = max((pace for pace in PACES if pace <= seconds), default=PACES[0])
    try:
        with _store().pipeline(transaction=False) as pipe:
            for camera_id in camera_ids:
                pipe.set(_wish(camera_id, pace), 1, ex=WANTED_SECONDS)
            pipe.execute()
    except redis.RedisError as error:
        log.warning("picture.not_wanted", error=str(error))


def pictures_wanted(camera_ids: Iterable[int]) -> dict[int, float]:
    """The cameras that somebody looks at, and how many seconds may lie between two pictures of each.

    None while Valkey is away, since leases must not wait for pictures.
    """
    wishes = [(camera_id, pace) for camera_id in dict.fromkeys(camera_ids) for pace in sorted(PACES, reverse=True)]
    if not wishes:
        return {}
    try:
        # The client's types allow for an asynchronous one.
        found = cast("list[bytes | None]", _store().mget([_wish(*wish) for wish in wishes]))
    except redis.RedisError as error:
        log.warning("picture.not_wanted", error=str(error))
        return {}
    # The fastest comes last, and counts.
    return dict(wish for wish, value in zip(wishes, found, strict=True) if value is not None)


def _wish(camera_id: int, pace: float) -> str:
    return f"vms-picture-wanted:{camera_id}:{pace}"


def picture_store(*, camera_id: int, picture: LivePicture) -> bool:
    """Keep the camera's newest picture; False where it is too old, or comes sooner than half a second after another.

    Raises:
        InvalidError: it is no JPEG picture, larger than 2 MB, or of the future.
    """
    if not picture.jpeg.startswith(JPEG_START) or len(picture.jpeg) > MOST_BYTES:
        raise InvalidError("A live picture is a JPEG of at most 2 MB.")
    age = (timezone.now() - picture.taken_at).total_seconds()
    if age < -EARLY_SECONDS:
        raise InvalidError("The picture would be of the future.")
    if age >= LIVE_SECONDS:
        return False
    return _keep(camera_id, picture, left_ms=int((LIVE_SECONDS - max(age, 0)) * 1000))


def _keep(camera_id: int, picture: LivePicture, *, left_ms: int) -> bool:
    store = _store()
    try:
        if not store.set(f"vms-picture-gap:{camera_id}", 1, nx=True, px=LEAST_GAP_MS):
            return False
        head = PictureHead(taken_at=picture.taken_at, boxes=picture.boxes).model_dump_json().encode()
        value = len(head).to_bytes(HEAD_LENGTH_BYTES, "big") + head + picture.jpeg
        store.set(f"vms-picture:{camera_id}", value, px=max(left_ms, 1))
    except redis.RedisError as error:
        log.warning("picture.not_kept", camera_id=camera_id, error=str(error))
        return False
    return True


def picture_latest(camera_id: int) -> LivePicture | None:
    """The camera's newest picture, if it is younger than ten seconds."""
    try:
        value = _store().get(f"vms-picture:{camera_id}")
    except redis.RedisError as error:
        log.warning("picture.not_read", camera_id=camera_id, error=str(error))
        return None
    return _read(value) if isinstance(value, bytes) else None


def pictures_latest(camera_ids: Iterable[int]) -> dict[int, LivePicture]:
    """The newest pictures of those cameras that have one younger than ten seconds."""
    ids = list(camera_ids)
    try:
        found = cast("list[bytes | None]", _store().mget([f"vms-picture:{camera_id}" for camera_id in ids]))
    except redis.RedisError as error:
        log.warning("picture.not_read", error=str(error))
        return {}
    pictures = {camera_id: _read(value) for camera_id, value in zip(ids, found, strict=True) if value is not None}
    return {camera_id: picture for camera_id, picture in pictures.items() if picture is not None}


def _read(value: bytes) -> LivePicture | None:
    head_ends = HEAD_LENGTH_BYTES + int.from_bytes(value[:HEAD_LENGTH_BYTES], "big")
    head = PictureHead.model_validate_json(value[HEAD_LENGTH_BYTES:head_ends])
    if timezone.now() - head.taken_at >= timedelta(seconds=LIVE_SECONDS):
        return None
    return LivePicture(taken_at=head.taken_at, boxes=head.boxes, jpeg=value[head_ends:])
