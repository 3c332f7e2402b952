"""How sending to an endpoint goes: its circuit breaker."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.models.endpoints import Endpoint


class EndpointHealth(models.Model):
    """Open while ``probe_at`` is set: until then nothing is sent, and then one message as a probe.

    Its row is locked to decide whether a message may go to the endpoint now.
    """

    endpoint = models.OneToOneField(Endpoint, on_delete=models.CASCADE, related_name="health", primary_key=True)
    failures_in_row = models.PositiveIntegerField(default=0)
    times_opened = models.PositiveSmallIntegerField(default=0, help_text=_("In a row; each lengthens the wait."))
    opened_at = models.DateTimeField(null=True, blank=True)
    probe_at = models.DateTimeField(null=True, blank=True)
    busy_until = models.DateTimeField(null=True, blank=True, help_text=_("It asked for no more messages until then."))
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, help_text=_("The last one."))

    class Meta:
        verbose_name_plural = _("endpoint health")
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, probe_at__isnull=True)
                | Q(opened_at__isnull=False, probe_at__isnull=False),
                name="endpoint_open_has_probe",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint}: {'open' if self.probe_at else 'closed'}"
