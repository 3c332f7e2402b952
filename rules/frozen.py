"""The rules in force on a camera as a worker is told them: with this camera's values of their parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.conf import settings
from django.db.models import QuerySet
from pydantic import ValidationError

from cameras.models import Camera
from cameras.models.zones import mask_shapes, rule_shapes
from rules.choices import VersionState
from rules.engine.evaluation import ActiveRule, RuleEngine
from rules.engine.schema import RuleSpec
from rules.engine.surroundings import Surroundings
from rules.models import RuleOverride, RuleVersion
from workers.runtime.contract import CameraConfig, GroundScale, RuleConfig, WallClock

KINDS = {"polygon": "an area", "line": "a line"}
FOR_PEOPLE: Mapping[str, object] = MappingProxyType(
    {"authored": None, "parameters": {}, "overrides": (), "description": "", "example": ""}
)
"""What a worker has no use for, as it is where it is not set."""


@dataclass(frozen=True, slots=True)
class FrozenConfig:
    """What a worker gets, and a sentence for each rule that could not be used."""

    config: CameraConfig
    left_out: list[str]


def versions_in_force(camera: Camera) -> QuerySet[RuleVersion]:
    """Those that a worker of the camera is told now, rule by rule."""
    versions = RuleVersion.objects.filter(rule__cameras=camera, rule__enabled=True, state=VersionState.PUBLISHED)
    return versions.select_related("rule").order_by("rule_id")


def camera_config(
    camera: Camera, zero: datetime | None = None, versions: Iterable[RuleVersion] | None = None
) -> FrozenConfig:
    """The camera's zones as they stand now, and the rules in force, or these ``versions`` of rules.

    ``zero``: when stream time begins, if known.
    """
    config = CameraConfig(
        camera_id=camera.id,
        name=camera.name,
        detect_fps=camera.detect_fps,
        zones=rule_shapes(camera),
        masks=mask_shapes(camera),
        rules=(),
        clock=_clock(camera, zero),
        ground=GroundScale.model_validate(camera.calibration) if camera.calibration else None,
        track_log=settings.TRACK_LOG,
    )
    usable: list[RuleConfig] = []
    left_out: list[str] = []
    for version in versions_in_force(camera) if versions is None else versions:
        problem, spec = _read(version, camera, config)
        if spec is None:
            left_out.append(f"Rule “{version.rule.name}” was left out: {problem}.")
        else:
            usable.append(RuleConfig(rule_id=version.rule_id, version=version.number, spec=spec))
    return FrozenConfig(_told(config, usable), left_out)


def version_on_camera(version: RuleVersion, camera: Camera) -> RuleSpec:
    """The version with the camera's values of its parameters, as its document and the platform set them.

    Raises:
        ValidationError: (pydantic's) a value does not fit, or the version cannot be read by this release.
    """
    return spec_with(version.parsed, camera.name, _overrides(version, camera))


def camera_surroundings(camera: Camera, zero: datetime) -> Surroundings:
    """What a rule may ask of the camera's place; ``zero`` is the instant of its stream's millisecond 0."""
    ground = GroundScale.model_validate(camera.calibration) if camera.calibration else None
    shown = CameraConfig(
        camera_id=camera.id,
        name=camera.name,
        detect_fps=camera.detect_fps,
        zones=(),
        rules=(),
        clock=_clock(camera, zero),
        ground=ground,
    )
    return shown.surroundings()


def _overrides(version: RuleVersion, camera: Camera) -> list[RuleOverride]:
    return list(RuleOverride.objects.filter(rule=version.rule_id, camera=camera).order_by("zone"))


def spec_with(spec: RuleSpec, camera: str, overrides: list[RuleOverride]) -> RuleSpec:
    """What the platform sets goes before what the document says; parameters that are gone from it are passed over."""
    kept = []
    for each in overrides:
        values = {name: value for name, value in each.parameters.items() if name in spec.parameters}
        if values:
            kept.append(each.as_override.model_copy(update={"parameters": values}))
    on_camera = spec.model_copy(update={"overrides": (*spec.overrides, *kept)}).on_camera(camera)
    return on_camera.model_copy(update=FOR_PEOPLE)


def _clock(camera: Camera, zero: datetime | None) -> WallClock | None:
    if zero is None:
        return None
    site = camera.site
    return WallClock(time_zone=site.time_zone, zero_ms=round(zero.timestamp() * 1000), holidays=site.holidays)


def _told(config: CameraConfig, rules: list[RuleConfig]) -> CameraConfig:
    """The clock and the scale are told only where a rule asks for them: an older node knows neither."""
    update: dict[str, object] = {"rules": tuple(rules)}
    for field in ("clock", "ground"):
        if getattr(config, field) is not None:
            without = config.model_copy(update={field: None})
            if not any(_unusable(rule.spec, without) for rule in rules):
                update[field] = None
    return config.model_copy(update=update)


def _read(version: RuleVersion, camera: Camera, config: CameraConfig) -> tuple[str, RuleSpec | None]:
    """The rule's document, or why it cannot be used on this camera."""
    try:
        written = version.parsed
    except ValidationError:
        return f"its version {version.number} cannot be read by this release", None
    try:
        spec = spec_with(written, camera.name, _overrides(version, camera))
    except ValidationError:
        return f"its parameters' values on camera {camera.name} do not fit version {version.number}", None
    kinds = {zone.name: zone.kind for zone in config.zones}
    for name, kind in sorted(spec.zone_kinds().items()):
        if name not in kinds:
            return f"camera {camera.name} has no zone named “{name}”", None
        if kinds[name] != kind:
            return f"“{name}” on camera {camera.name} is not {KINDS[kind]}", None
    reason = _unusable(spec, config)
    return (f"on camera {camera.name} {reason}", None) if reason else ("", spec)


def _unusable(spec: RuleSpec, config: CameraConfig) -> str:
    engine = RuleEngine([ActiveRule(0, 0, spec)], config.zones, config.surroundings())
    return engine.unusable[0][1] if engine.unusable else ""
