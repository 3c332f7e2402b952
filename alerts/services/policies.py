"""Changing alert policies: an admin's work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from alerts.models import AlertPolicy
from cameras.models import Camera
from rules.models import Rule
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What is to change; None leaves it as it is."""

    name: str | None = None
    enabled: bool | None = None
    least_severity: str | None = None
    severity: str | None = None
    channels: list[str] | None = None
    cameras: Iterable[Camera] | None = None
    rules: Iterable[Rule] | None = None
    recipients: Iterable[User] | None = None


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
    policy = _apply(AlertPolicy.objects.select_for_update().get(id=policy.id), change)
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
    audit_record(actor=user, action="policy.deleted", target=policy, name=policy.name)
    try:
        policy.delete()
    except ProtectedError:
        raise ConflictError(f"Policy {policy.name} has raised alerts. Switch it off instead of deleting it.") from None


def _apply(policy: AlertPolicy, change: PolicyChange) -> AlertPolicy:
    for field in ("name", "enabled", "least_severity", "severity", "channels"):
        value = getattr(change, field)
        if value is not None:
            setattr(policy, field, value)
    policy.channels = list(dict.fromkeys(policy.channels))
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError:
        sentence = f"There already is a policy named {policy.name}."
        raise ConflictError(sentence, fields={"name": [sentence]}) from None
    for field in ("cameras", "rules", "recipients"):
        rows = getattr(change, field)
        if rows is not None:
            getattr(policy, field).set(rows)
    return policy
