"""Changing alert policies: an admin's work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from alerts.choices import PolicyAbout
from alerts.models import AlertPolicy, EscalationStep
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError, InvalidError
from vms.locking import row_lock
from vms.validation import model_save

SCALARS = (
    "name", "enabled", "about", "system_categories", "classes", "zones", "tags", "least_severity", "schedule",
    "threshold_count", "threshold_seconds", "severity", "severity_map", "group_by", "group_minutes", "limit_alerts",
    "limit_minutes", "auto_resolve_minutes", "overrides_quiet",
)  # fmt: skip
PLACES = ("sites", "cameras", "camera_groups", "rules")
NOT_OF_CAMERAS = _(
    "A policy about the platform itself takes no sites, cameras, rules, classes, zones, tags or threshold."
)
TOLD = ("roles", "addresses", "channels")
TOLD_ROWS = ("recipients", "on_call", "endpoints")


@dataclass(frozen=True, slots=True)
class Step:
    """Who is told when an alert was open for so long; the names are those of ``Audience``."""

    after_minutes: int
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What is to change, by the names of ``AlertPolicy``'s fields; what is not named stays. ``steps`` None as well."""

    values: Mapping[str, Any]
    steps: Sequence[Step] | None = None


@transaction.atomic
def policy_create(*, user: User, change: PolicyChange) -> AlertPolicy:
    """Make a policy.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: another policy has the name.
    """
    admin_require(user)
    policy = _apply(AlertPolicy(), change)
    audit_record(actor=user, action="policy.created", target=policy, name=policy.name)
    return policy


@transaction.atomic
def policy_update(*, user: User, policy: AlertPolicy, change: PolicyChange) -> AlertPolicy:
    """Change a policy; alerts that it has raised stay as they are.

    Raises:
        ForbiddenError, ConflictError: as for ``policy_create``.
    """
    admin_require(user)
    policy = _apply(row_lock(policy), change)
    audit_record(actor=user, action="policy.changed", target=policy, enabled=policy.enabled)
    return policy


@transaction.atomic
def policy_delete(*, user: User, policy: AlertPolicy) -> None:
    """Delete a policy that has raised nothing yet.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: it has raised alerts; it can be switched off instead.
    """
    admin_require(user)
    policy = row_lock(policy, to_delete=True)
    audit_record(actor=user, action="policy.deleted", target=policy, name=policy.name)
    try:
        policy.delete()
    except ProtectedError:
        raise ConflictError(
            gettext("Policy %(name)s has raised alerts. Switch it off instead of deleting it.") % {"name": policy.name}
        ) from None


def _apply(policy: AlertPolicy, change: PolicyChange) -> AlertPolicy:
    for name in (*SCALARS, *TOLD):
        if name in change.values:
            setattr(policy, name, change.values[name])
    _scope_require(policy, change.values)
    policy.channels = list(dict.fromkeys(policy.channels))
    _name_require(policy)
    model_save(policy)
    for name in (*PLACES, *TOLD_ROWS):
        if name in change.values:
            getattr(policy, name).set(change.values[name])
    if change.steps is not None:
        _set_steps(policy, change.steps)
    return policy


def _scope_require(policy: AlertPolicy, values: Mapping[str, Any]) -> None:
    """The platform itself is at no site and no camera, and its troubles come one by one."""
    if policy.about == PolicyAbout.EVENTS:
        return
    chosen = [name for name in PLACES if values.get(name, policy.pk and getattr(policy, name).all())]
    chosen += [name for name in ("classes", "zones", "tags") if getattr(policy, name)]
    if chosen or policy.threshold_count > 1:
        name = chosen[0] if chosen else "threshold_count"
        sentence = gettext(NOT_OF_CAMERAS)
        raise InvalidError(sentence, fields={name: [sentence]})


def _name_require(policy: AlertPolicy) -> None:
    if AlertPolicy.objects.filter(name=policy.name).exclude(pk=policy.pk).exists():
        sentence = gettext("There already is a policy named %(name)s.") % {"name": policy.name}
        raise ConflictError(sentence, fields={"name": [sentence]})


def _set_steps(policy: AlertPolicy, steps: Sequence[Step]) -> None:
    """All anew: an alert remembers how many steps were taken, not which."""
    if len({step.after_minutes for step in steps}) != len(steps):
        raise InvalidError(
            gettext("Two escalation steps have the same time."), fields={"steps": [gettext("Two have the same time.")]}
        )
    policy.steps.all().delete()
    for step in steps:
        row = EscalationStep(policy=policy, after_minutes=step.after_minutes)
        for name in TOLD:
            setattr(row, name, step.told.get(name, []))
        model_save(row)
        for name in TOLD_ROWS:
            getattr(row, name).set(step.told.get(name, []))
