"""Reading rules: which a user may see, and which are in force on a camera."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from pydantic import ValidationError

from cameras.choices import SourceKind
from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from rules.engine.schema import LineCrossing, RuleSpec, ZonePresence, ZoneShape
from rules.models import Rule, RuleVersion
from vms.accounts.models import User
from vms.errors import NotFoundError
from workers.runtime.contract import CameraConfig, RuleConfig


@dataclass(frozen=True, slots=True)
class FrozenConfig:
    """What a worker gets, and a sentence for each rule that could not be used."""

    config: CameraConfig
    left_out: list[str]


def rules_visible_to(user: User | AnonymousUser) -> QuerySet[Rule]:
    """The rules in force on the user's cameras (all for an admin); ``visible_cameras`` holds only those.

    The platform's own rules are not among them: there is nothing to set on them.
    """
    cameras = cameras_visible_to(user)
    rules = Rule.objects.filter(system="").prefetch_related(Prefetch("cameras", cameras, to_attr="visible_cameras"))
    newest = RuleVersion.objects.filter(rule=OuterRef("pk")).order_by("-number")
    rules = rules.annotate(
        version_number=Subquery(newest.values("number")[:1]), version_document=Subquery(newest.values("document")[:1])
    )
    if isinstance(user, User) and user.is_admin:
        return rules
    return rules.filter(id__in=Rule.cameras.through.objects.filter(camera__in=cameras).values("rule"))


def rules_of_events(user: User | AnonymousUser) -> QuerySet[Rule]:
    """The rules that events on the user's cameras can be of, for lists to choose from: the platform's own as well."""
    if isinstance(user, User) and user.is_admin:
        return Rule.objects.all()
    cameras = cameras_visible_to(user)
    mine = Rule.cameras.through.objects.filter(camera__in=cameras).values("rule")
    own = ~Q(system="") if cameras.exclude(source_kind=SourceKind.UPLOAD).exists() else Q(pk=None)
    return Rule.objects.filter(Q(id__in=mine) | own)


def rule_get(user: User | AnonymousUser, rule_id: int) -> Rule:
    """One rule.

    Raises:
        NotFoundError: there is none, or it is on none of the user's cameras.
    """
    rule = rules_visible_to(user).filter(id=rule_id).first()
    if rule is None:
        raise NotFoundError("There is no such rule.")
    return rule


def rule_versions(rule: Rule) -> QuerySet[RuleVersion]:
    return rule.versions.select_related("created_by")


def camera_config(camera: Camera) -> FrozenConfig:
    """The camera's zones and the newest versions of its enabled rules, as they stand now."""
    zones = {zone.name: zone.shape for zone in camera.zones.all()}
    versions = (
        RuleVersion.objects.filter(rule__cameras=camera, rule__enabled=True)
        .select_related("rule")
        .order_by("rule_id", "-number")
        .distinct("rule_id")
    )
    usable: list[RuleConfig] = []
    left_out: list[str] = []
    for version in versions:
        problem, spec = _read(version, zones, camera)
        if spec is None:
            left_out.append(problem)
        else:
            usable.append(RuleConfig(rule_id=version.rule_id, version=version.number, spec=spec))
    config = CameraConfig(
        camera_id=camera.id,
        name=camera.name,
        detect_fps=camera.detect_fps,
        zones=tuple(zones.values()),
        rules=tuple(usable),
    )
    return FrozenConfig(config, left_out)


def _read(version: RuleVersion, zones: dict[str, ZoneShape], camera: Camera) -> tuple[str, RuleSpec | None]:
    """The rule's document, or why it cannot be used on this camera."""
    start = f"Rule “{version.rule.name}” was left out:"
    try:
        spec = version.parsed
    except ValidationError:
        return f"{start} its version {version.number} cannot be read by this release.", None
    missing = sorted(name for name in spec.zone_names() if name not in zones)
    if missing:
        return f"{start} camera {camera.name} has no zone named “{missing[0]}”.", None
    for condition, kind, word in ((ZonePresence, "polygon", "an area"), (LineCrossing, "line", "a line")):
        wrong = [name for name in spec.zone_names() if zones[name].kind != kind]
        if isinstance(spec.when, condition) and wrong:
            return f"{start} “{wrong[0]}” on camera {camera.name} is not {word}.", None
    return "", spec
