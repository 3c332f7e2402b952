"""GPU hosts."""

from __future__ import annotations

import hmac

from django.db import models
from django.utils.translation import gettext_lazy as _

from vms.storage import encryption

TOKEN_PURPOSE = "node-token"  # noqa: S105  a label, not a secret


class WorkerNode(models.Model):
    """A GPU host. It proves who it is by HMAC under its own token, which is shown once."""

    name = models.CharField(max_length=64, unique=True)
    sealed_token = models.TextField(editable=False)
    enabled = models.BooleanField(default=True)
    boot_id = models.UUIDField(null=True, editable=False)
    hostname = models.CharField(max_length=255, blank=True)
    version = models.CharField(max_length=32, blank=True)
    detector = models.CharField(max_length=16, blank=True)
    model = models.CharField(max_length=200, blank=True)
    classes = models.JSONField(default=list)
    further_models = models.JSONField(default=list, editable=False, help_text=_("Installed beside the detector."))
    broken_models = models.JSONField(
        default=dict,
        editable=False,
        help_text=_("Of the further models those that it could not load, with the reasons."),
    )
    capacity = models.PositiveIntegerField(default=1)
    outbox_waiting = models.PositiveIntegerField(default=0)
    outbox_lost = models.PositiveIntegerField(default=0)
    registered_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    streams_reported_at = models.DateTimeField(
        null=True, editable=False, help_text=_("What its streams' leases hang on.")
    )
    draining = models.BooleanField(default=False, help_text=_("It gets nothing new and hands over what it watches."))
    failures = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("In a row; a calm minute forgets them.")
    )
    failed_at = models.DateTimeField(null=True, editable=False)
    breaker_opened_at = models.DateTimeField(null=True, editable=False)
    breaker_until = models.DateTimeField(
        null=True, editable=False, help_text=_("Until then it gets nothing new, since it kept failing.")
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def usable_models(self) -> frozenset[str]:
        return frozenset(self.further_models) - frozenset(self.broken_models)

    @property
    def token(self) -> str:
        return encryption.decrypt(self.sealed_token, purpose=TOKEN_PURPOSE)

    @token.setter
    def token(self, value: str) -> None:
        self.sealed_token = encryption.encrypt(value, purpose=TOKEN_PURPOSE)

    def token_differs(self, value: str) -> bool:
        """Also true where the stored token cannot be read: the platform's secret key has changed."""
        try:
            return not hmac.compare_digest(self.token.encode(), value.encode())
        except encryption.DecryptionError:
            return True
