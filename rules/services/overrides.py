"""Other values of a rule's parameters on single cameras, checked against the document in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from cameras.models import Camera
from rules.choices import VersionState
from rules.engine.schema import RuleSpec
from rules.frozen import spec_with
from rules.models import Rule, RuleOverride
from rules.services.versions import rule_lock
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import InvalidError
from workers.services.waking import reconcile_soon


@dataclass(frozen=True, slots=True)
class OverrideValues:
    """Values on a camera; with a ``zone``: only where one of the rule's parameters names that zone there."""

    camera: Camera
    parameters: dict[str, Any]
    zone: str = ""


@transaction.atomic
def overrides_set(*, user: User, rule: Rule, overrides: Iterable[OverrideValues]) -> list[RuleOverride]:
    """Replace all of a rule's overrides by these.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the rule has no such parameter, or does not work with such a value; ``fields`` says which.
    """
    admin_require(user)
    rule = rule_lock(rule)
    rows = [
        RuleOverride(rule=rule, camera=each.camera, zone=each.zone, parameters=each.parameters) for each in overrides
    ]
    overrides_check(_spec(rule), rows)
    rule.overrides.all().delete()
    RuleOverride.objects.bulk_create(rows)
    detail = [[row.camera_id, row.zone, row.parameters] for row in rows]
    audit_record(actor=user, action="rule.overridden", target=rule, overrides=detail)
    reconcile_soon()
    return rows


def overrides_check(spec: RuleSpec, rows: list[RuleOverride]) -> None:
    """Raises InvalidError unless the rule works with each camera's values."""
    problems = [problem for row in rows for problem in _problems(spec, row)]
    places = [(row.camera_id, row.zone) for row in rows]
    if len(set(places)) < len(places):
        problems.append("a camera, or a zone of it, is named twice")
    if problems:
        raise InvalidError(f"The values cannot be used: {problems[0]}.", fields={"overrides": problems[:20]})


def _problems(spec: RuleSpec, row: RuleOverride) -> Iterable[str]:
    where = f"camera {row.camera.name}" + (f", zone {row.zone}" if row.zone else "")
    unknown = [name for name in row.parameters if name not in spec.parameters]
    if unknown:
        known = ", ".join(sorted(spec.parameters)) or "none"
        yield f"{where}: the rule has no parameter “{unknown[0]}”; it has {known}"
        return
    try:
        _ = row.as_override
        spec_with(spec, row.camera.name, [RuleOverride(camera=row.camera, parameters=row.parameters)])
    except ValidationError as error:
        for item in error.errors(include_url=False)[:5]:
            yield f"{where}: {item['msg'].removeprefix('Value error, ')}"


def _spec(rule: Rule) -> RuleSpec:
    version = rule.versions.filter(state=VersionState.PUBLISHED).first() or rule.versions.first()
    if version is None:
        raise InvalidError("The rule has no document yet.")
    return version.parsed
