"""Writing the audit trail."""

from __future__ import annotations

from typing import Any

from django.db import models

from vms.accounts.models import User
from vms.audit.models import AuditEntry


def audit_record(*, actor: User | None, action: str, target: models.Model, **detail: Any) -> AuditEntry:  # noqa: ANN401  JSON values
    """Note a deed in the caller's transaction, so that neither stands without the other. ``detail`` must be JSON."""
    return AuditEntry.objects.create(
        actor=actor,
        actor_name=actor.get_username() if actor else "system",
        action=action,
        target=f"{target._meta.label_lower}:{target.pk}",
        detail=detail,
    )
