"""Where messages go that are for no single person: webhooks, chats and brokers."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.models import Q

from alerts.choices import EndpointKind
from vms.storage import encryption
from vms.validation import validate_name

SECRET_PURPOSE = "alert-endpoint"  # noqa: S105  a name, no secret


class Endpoint(models.Model):
    """A target that an admin set up. ``settings`` may be shown; ``secrets`` are sealed and shown nowhere."""

    name = models.CharField(max_length=100, unique=True, validators=[validate_name])
    kind = models.CharField(max_length=16, choices=EndpointKind)
    enabled = models.BooleanField(default=True)
    settings: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)
    sealed_secrets = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EndpointKind.values), name="endpoint_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def secrets(self) -> dict[str, Any]:
        """Addresses with credentials, keys and passwords, by the names that the kind's settings use."""
        if not self.sealed_secrets:
            return {}
        secrets: dict[str, Any] = json.loads(encryption.decrypt(self.sealed_secrets, purpose=SECRET_PURPOSE))
        return secrets

    @secrets.setter
    def secrets(self, value: dict[str, Any]) -> None:
        self.sealed_secrets = encryption.encrypt(json.dumps(value), purpose=SECRET_PURPOSE) if value else ""
