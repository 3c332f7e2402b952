"""Where the events end by which VMS proves that alerts arrive: a row that says when."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.models import Delivery, LineProof

ADDRESS = "line@vms.invalid"
"""A message has a target; nothing is sent to this one."""


def send(delivery: Delivery) -> str:
    """The first arrival counts. One that was given up before proves nothing."""
    now = timezone.now()
    waited = LineProof.objects.filter(event_id=delivery.alert.happening.id, tried_since__isnull=False)
    for proof in waited.exclude(sent_at=None):
        milliseconds = round((now - (proof.sent_at or now)).total_seconds() * 1000)
        waited.update(proven_at=now, milliseconds=max(0, milliseconds), tried_since=None, trouble="")
    return _("The line is proven.")
