"""What a node would be told of each live camera, as one hash: when it changes, the node is told anew."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import TextField, Value
from django.db.models.functions import Cast, Concat

from cameras.models import Camera, CameraNetwork, Zone
from rules.choices import VersionState
from rules.models import Rule, RuleOverride, RuleVersion

CAMERA_FIELDS = (
    *("name", "source_kind", "detect_fps", "priority", "sealed_url", "sealed_clip_url", "calibration"),
    *("site__time_zone", "site__holidays"),
)
"""The addresses as they are stored: no secret is opened to see that it has changed."""


def config_hashes(camera_ids: Iterable[int]) -> dict[int, str]:
    """A hash for each camera of its own settings, zones, rules in force, the networks it may be in, and whether tracks
    are kept.

    Six queries for any number of cameras. A version of a rule never changes, so its number stands for it.
    """
    ids = list(camera_ids)
    zones, rules = _zones(ids), _rules(ids)
    everywhere = list(CameraNetwork.objects.values_list("network", flat=True)), settings.TRACK_LOG
    cameras = Camera.objects.filter(id__in=ids).order_by().values_list("id", *CAMERA_FIELDS)
    return {row[0]: _hash((row, zones.get(row[0]), rules.get(row[0]), *everywhere)) for row in cameras}


def _zones(camera_ids: list[int]) -> dict[int, str]:
    """Each camera's zones as one text, put together where they are stored: that is cheaper than reading them all."""
    points = Cast("points", TextField())
    text = Concat("name", Value("\n"), "kind", Value("\n"), points, output_field=TextField())
    zones = Zone.objects.filter(camera__in=camera_ids).order_by().values("camera")
    return dict(zones.annotate(text=StringAgg(text, Value("\n"), order_by="id")).values_list("camera", "text"))


def _rules(camera_ids: list[int]) -> dict[int, list[tuple[object, ...]]]:
    """Each camera's rules with the version in force, and the values of their parameters that were set there."""
    in_force = RuleVersion.objects.filter(state=VersionState.PUBLISHED, rule__enabled=True).order_by()
    numbers = dict(in_force.values_list("rule", "number"))
    pairs = Rule.cameras.through.objects.filter(camera__in=camera_ids).order_by("rule")
    found: dict[int, list[tuple[object, ...]]] = defaultdict(list)
    for camera_id, rule_id in pairs.values_list("camera", "rule"):
        if rule_id in numbers:
            found[camera_id].append((rule_id, numbers[rule_id]))
    overrides = RuleOverride.objects.filter(camera__in=camera_ids).order_by("id")
    for camera_id, *values in overrides.values_list("camera", "rule", "zone", "parameters"):
        found[camera_id].append(tuple(values))
    return found


def _hash(parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
