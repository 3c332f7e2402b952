"""Whether alerts arrive at all: what the last event that was sent down the whole line to prove it came to."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LineProof(models.Model):
    """One row. ``tried_since`` is set while the line is not proven: since the first event that did not arrive yet."""

    only = models.BooleanField(primary_key=True, default=True, editable=False)
    event_id = models.UUIDField(default=uuid.uuid4)
    sent_at = models.DateTimeField(null=True)
    tried_since = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True, help_text=_("Why the last event could not be sent."))
    proven_at = models.DateTimeField(null=True)
    milliseconds = models.PositiveIntegerField(null=True, help_text=_("From sending it to its arrival."))

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="line_proof_is_one")]

    def __str__(self) -> str:
        return f"Proven {self.proven_at:%Y-%m-%d %H:%M:%S}" if self.proven_at else "Never proven"
