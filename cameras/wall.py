"""What a wall of live pictures shows: which cameras, in words how each does, and many pictures in one answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from cameras.choices import HealthState, SourceKind
from cameras.listing import OFF, camera_standing
from cameras.models import Camera, CameraGroup, WallLayout
from cameras.selectors import cameras_visible_to
from cameras.services.pictures import HEAD_LENGTH_BYTES, LivePicture, pictures_latest, pictures_want
from vms.accounts.models import User
from vms.templatetags.vms_pages import clock_words, offset_words, zone_for

MOST_AT_ONCE = 16
"""Cameras of one question: some hundred kilobytes of pictures."""


BLIND = frozenset({HealthState.OFFLINE.value, HealthState.FROZEN.value, OFF})
"""What comes from such a camera is not what stands before it now."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One place on the wall; ``words`` stand where no picture does, ``flaw`` below one: what is wrong with it."""

    camera: Camera
    state: str
    words: str
    flaw: str = ""

    @property
    def is_blind(self) -> bool:
        return self.state in BLIND


def wall_cameras(user: User, layout: WallLayout | None, group: CameraGroup | None = None) -> list[Camera]:
    """The user's live cameras: those of the layout in its order, or all; of a group only where one is named."""
    cameras = _live(user).select_related("health")
    if group is not None:
        cameras = cameras.filter(groups=group)
    if layout is None or not layout.cameras:
        return list(cameras)
    found = cameras.in_bulk(layout.cameras)
    return [found[camera_id] for camera_id in layout.cameras if camera_id in found]


def tile(user: User, camera: Camera) -> Tile:
    """``Offline since 28 Nov, 14:03 UTC+1: it does not answer at its address``."""
    standing = camera_standing(camera)
    if standing.state in (HealthState.OFFLINE, HealthState.FROZEN) and standing.since is not None:
        since = standing.since.astimezone(zone_for(user, camera.site))
        why = f": {standing.reason}" if standing.reason else ""
        return Tile(
            camera,
            standing.state,
            _("%(word)s since %(since)s %(offset)s%(why)s")
            % {
                "word": standing.word,
                "since": clock_words(since, "short"),
                "offset": offset_words(since),
                "why": why,
            },
        )
    if standing.state == OFF:
        return Tile(camera, standing.state, _("Switched off"))
    words = _("Not watched yet") if standing.state == HealthState.UNKNOWN else _("Waiting for a picture…")
    return Tile(camera, standing.state, words, flaw=standing.reason if standing.is_trouble else "")


def wall_answer(user: User, asked: dict[int, int], every_seconds: float) -> HttpResponse:
    """The pictures of the cameras ``asked`` for that are newer than what is known of each (ms since 1970).

    ``every_seconds``: how often this is asked; workers send no more.

    Four bytes of length, JSON, and behind it the JPEGs in the order of the JSON: no Base64, which is a third more.
    """
    cameras = list(_live(user).filter(id__in=asked).select_related("health"))
    watched = [camera.id for camera in cameras if camera.enabled]
    pictures_want(watched, every_seconds)
    pictures = pictures_latest(watched) if watched else {}
    rows, jpegs = [], []
    for camera in cameras:
        picture = pictures.get(camera.id)
        shown = tile(user, camera)
        if picture is None or shown.is_blind or _ms(picture) <= asked[camera.id]:
            rows.append(_row(user, shown, None))
            continue
        rows.append(_row(user, shown, picture))
        jpegs.append(picture.jpeg)
    return _framed(rows, jpegs)


def _live(user: User) -> QuerySet[Camera]:
    return cameras_visible_to(user).exclude(source_kind=SourceKind.UPLOAD)


def _row(user: User, shown: Tile, picture: LivePicture | None) -> dict[str, Any]:
    row: dict[str, Any] = {"id": shown.camera.id, "state": shown.state, "words": shown.words, "blind": shown.is_blind}
    row["flaw"] = shown.flaw
    if picture is None:
        return row
    age_ms = max(0, int((timezone.now() - picture.taken_at).total_seconds() * 1000))
    taken_at = picture.taken_at.astimezone(zone_for(user, shown.camera.site))
    row |= {"clock": f"{taken_at:%H:%M:%S}", "offset": offset_words(taken_at)}
    boxes = [box.box_xyxy for box in picture.boxes]
    return row | {"ms": _ms(picture), "age_ms": age_ms, "boxes": boxes, "bytes": len(picture.jpeg)}


def _ms(picture: LivePicture) -> int:
    return int(picture.taken_at.astimezone(UTC).timestamp() * 1000)


def _framed(rows: list[dict[str, Any]], jpegs: Iterable[bytes]) -> HttpResponse:
    head = json.dumps(rows).encode()
    body = b"".join([len(head).to_bytes(HEAD_LENGTH_BYTES, "big"), head, *jpegs])
    return HttpResponse(body, content_type="application/octet-stream", headers={"Cache-Control": "no-store"})
