"""Which areas and lines the rules in force look for on a camera."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from pydantic import ValidationError

from cameras.models import Camera
from rules.choices import VersionState
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


def _of_version(version: RuleVersion, camera: Camera, overrides: list[RuleOverride]) -> list[ZoneNeed]:
    try:
        spec = spec_with(version.parsed, camera.name, overrides)
    except ValidationError:
        return []
    return [ZoneNeed(zone, kind, version.rule) for zone, kind in spec.zone_kinds().items()]
