"""What a node would be told of each live camera, as one hash: when it changes, the node is told anew."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Max

from cameras.models import Camera, CameraNetwork, Zone
from rules.models import Rule

CAMERA_FIELDS = ("name", "source_kind", "detect_fps", "priority", "sealed_url", "sealed_clip_url")
"""The addresses as they are stored: no secret is opened to see that it has changed."""


def config_hashes(camera_ids: Iterable[int]) -> dict[int, str]:
    """A hash for each camera of its own settings, zones, rules in force, and the networks it may be in.

    Five queries for any number of cameras. A version of a rule never changes, so its number stands for it.
    """
    ids = list(camera_ids)
    zones = _grouped(Zone.objects.filter(camera__in=ids).order_by("id").values_list("camera", "name", "kind", "points"))
    rules = _rules(ids)
    networks = list(CameraNetwork.objects.values_list("network", flat=True))
    cameras = Camera.objects.filter(id__in=ids).values_list("id", *CAMERA_FIELDS)
    return {row[0]: _hash((row, zones[row[0]], rules[row[0]], networks)) for row in cameras}


def _rules(camera_ids: list[int]) -> dict[int, list[object]]:
    newest = dict(
        Rule.objects.filter(enabled=True).annotate(newest=Max("versions__number")).values_list("id", "newest")
    )
    on_cameras = Rule.cameras.through.objects.filter(camera__in=camera_ids).order_by("rule")
    pairs = on_cameras.values_list("camera", "rule")
    return _grouped((camera, rule, newest[rule]) for camera, rule in pairs if rule in newest)


def _grouped(rows: Iterable[tuple[object, ...]]) -> dict[int, list[object]]:
    groups: dict[int, list[object]] = defaultdict(list)
    for camera_id, *rest in rows:
        groups[camera_id].append(rest)  # type: ignore[index]  # the first column is the camera's id
    return groups


def _hash(parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
