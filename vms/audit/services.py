"""Writing the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from vms.accounts.models import User
from vms.audit.models import AuditEntry


def audit_record(*, actor: User | None, action: str, target: models.Model, **detail: Any) -> AuditEntry:  # noqa: ANN401  JSON values
    """Note a deed in the caller's transaction, so that neither stands without the other. ``detail`` must be JSON."""
    entry = _entry(actor, action, target, detail)
    entry.save(force_insert=True)
    return entry


def audit_record_each(*, actor: User | None, action: str, details: Mapping[Any, Mapping[str, Any]]) -> None:
    """Note the same deed on many targets, each with its detail, by one query."""
    AuditEntry.objects.bulk_create(_entry(actor, action, target, detail) for target, detail in details.items())


def _entry(actor: User | None, action: str, target: models.Model, detail: Mapping[str, Any]) -> AuditEntry:
    return AuditEntry(
        actor=actor,
        actor_name=actor.get_username() if actor else "system",
        action=action,
        target=f"{target._meta.label_lower}:{target.pk}",
        detail=detail,
    )
