"""Alerts of troubles of cameras that are not to be watched any more: there is nothing left to look after."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from alerts.choices import AlertState, ChangeKind
from alerts.models import UNDECIDED, Alert, AlertEvent
from alerts.services.lifecycle import AT_REST, change_note
from cameras.choices import SourceKind
from events.models import Event

STILL_MATTERS = Q(event__rule__system="") | (
    Q(event__camera__enabled=True) & ~Q(event__camera__source_kind=SourceKind.UPLOAD)
)
"""What a camera saw, or the trouble of a camera that is to be watched."""


@transaction.atomic
def alerts_resolve_unwatched(*, event: Event, note: str) -> None:
    """Resolve the undecided alerts to which ``event`` belongs: the trouble of a camera that nobody watches any more.

    One that also tells of something else stays as it is, such as those in which a policy groups a site's cameras.
    """
    others = AlertEvent.objects.filter(STILL_MATTERS, alert=OuterRef("pk"))
    alerts = Alert.objects.filter(~Exists(others), links__event=event, state__in=UNDECIDED)
    for alert in alerts.select_related("camera", "event", "policy", "acknowledged_by"):
        mine = Alert.objects.filter(id=alert.id, state__in=UNDECIDED)
        if mine.update(state=AlertState.RESOLVED, resolved_at=timezone.now(), **AT_REST):
            alert.state = AlertState.RESOLVED
            change_note(alert, ChangeKind.RESOLVED, actor=None, note=note)
