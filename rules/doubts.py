"""What to warn of beside a rule's text or values: they can be used, but are set for what is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from cameras.selectors import cameras_visible_to
from rules.choices import VersionState
from rules.engine.doubts import NOT_ON_CAMERA, doubts_of, zone_doubt
from rules.engine.rule import names_in
from rules.engine.schema import DocumentError, Fault, parse_rule
from rules.models import Rule, RuleOverride
from vms.accounts.models import User


def camera_names(user: User) -> set[str]:
    """Of those that the user may see: the others are not there."""
    return set(cameras_visible_to(user).values_list("name", flat=True))


def document_doubts(user: User, document: str, rule: Rule | None = None) -> list[Fault]:
    """None of a text that cannot be used: its faults come first."""
    try:
        spec = parse_rule(document)
    except DocumentError:
        return []
    on_cameras = set(rule.cameras.values_list("name", flat=True)) if rule and spec.overrides else None
    return doubts_of(document, spec, partial(camera_names, user), on_cameras)


def override_doubts(rule: Rule, rows: list[RuleOverride]) -> list[str]:
    """Of values that the platform holds for single cameras."""
    if not rows:
        return []
    version = rule.versions.filter(state=VersionState.PUBLISHED).first() or rule.versions.first()
    if version is None:
        return []
    on_cameras = set(rule.cameras.values_list("id", flat=True))
    written = [version.spec, *version.spec.get("overrides", ())]
    values = [each.get("parameters", {}) for each in written]
    return list(_doubts(rows, on_cameras, [*values, *(each.parameters for each in rows)]))


def _doubts(rows: Iterable[RuleOverride], on_cameras: set[int], values: Iterable[dict[str, object]]) -> Iterator[str]:
    named = names_in(value for each in values for value in each.values())
    for row in rows:
        doubt = NOT_ON_CAMERA if row.camera_id not in on_cameras else ""
        if doubt := doubt or (zone_doubt(row.zone, named) if row.zone else ""):
            yield f"camera {row.camera.name}" + (f", zone {row.zone}" if row.zone else "") + f": {doubt}"
