"""Which areas and lines the rules in force look for on a camera, and which of them a camera lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from cameras.models import Camera, Zone
from rules.choices import VersionState
from rules.engine.schema import RuleSpec
from rules.frozen import spec_with
from rules.models import Rule, RuleOverride, RuleVersion


@dataclass(frozen=True, slots=True)
class ZoneNeed:
    """A rule names this zone on the camera; ``kind`` is ``polygon`` or ``line``."""

    zone: str
    kind: str
    rule: Rule


def zone_needs(camera: Camera) -> list[ZoneNeed]:
    """By zone and rule, also of rules that are switched off: two queries. A document that cannot be read names none."""
    versions = RuleVersion.objects.filter(rule__cameras=camera, state=VersionState.PUBLISHED).select_related("rule")
    overrides: dict[int, list[RuleOverride]] = defaultdict(list)
    for override in RuleOverride.objects.filter(camera=camera).order_by("zone"):
        overrides[override.rule_id].append(override)
    needs = [need for version in versions for need in _of_version(version, camera, overrides[version.rule_id])]
    return sorted(needs, key=lambda need: (need.zone, need.rule.name))


def zones_lacking(rule: Rule, cameras: Sequence[Camera]) -> dict[int, list[str]]:
    """By camera, the areas and lines that the rule's version in force, or its newest, looks for there and that are
    not drawn: it finds nothing on such a camera. Four queries at most.
    """
    version = rule.versions.filter(state=VersionState.PUBLISHED).first() or rule.versions.first()
    if version is None or (spec := _spec(version)) is None:
        return {}
    overrides: dict[int, list[RuleOverride]] = defaultdict(list)
    for override in RuleOverride.objects.filter(rule=rule, camera__in=cameras).order_by("zone"):
        overrides[override.camera_id].append(override)
    there: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for camera_id, name, kind in Zone.objects.filter(camera__in=cameras).values_list("camera", "name", "kind"):
        there[camera_id].add((name, kind))
    return {
        camera.id: sorted({name for name, _ in _kinds(spec, camera, overrides[camera.id]) - there[camera.id]})
        for camera in cameras
    }


def _of_version(version: RuleVersion, camera: Camera, overrides: list[RuleOverride]) -> list[ZoneNeed]:
    spec = _spec(version)
    return [ZoneNeed(zone, kind, version.rule) for zone, kind in _kinds(spec, camera, overrides)] if spec else []


def _kinds(spec: RuleSpec, camera: Camera, overrides: list[RuleOverride]) -> set[tuple[str, str]]:
    """Names and kinds; none where the camera's values of the parameters do not fit."""
    try:
        return set(spec_with(spec, camera.name, overrides).zone_kinds().items())
    except ValidationError:
        return set()


def _spec(version: RuleVersion) -> RuleSpec | None:
    try:
        return version.parsed
    except ValidationError:
        return None
