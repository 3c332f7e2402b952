"""Raising and acknowledging alerts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from alerts.actors import deliver
from alerts.channels import CHANNELS, INSTANT_CHANNELS
from alerts.choices import AlertState, Channel, DeliveryReason, DeliveryState
from alerts.live import alert_updated
from alerts.models import Alert, AlertPolicy, Delivery
from alerts.selectors import alert_get, alerts_visible_to, policies_matching
from cameras.selectors import CameraPermission, users_seeing
from events.models import Event
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.errors import ConflictError, NotFoundError

MAY_NOT_VIEW = "The recipient may not view this camera."
NO_ADDRESS = "The recipient has no e-mail address."


def alert_raise_for_event(*, event: Event) -> list[Alert]:
    """Raise the alerts that the policies ask for, once for each policy and event, and queue their messages.

    Call it in the transaction that stores the event: neither stands without the other. Asking again for the
    same event raises nothing and returns an empty list. Recipients are told after the commit.
    """
    policies = list(policies_matching(event).prefetch_related("recipients"))
    if not policies:
        return []
    with transaction.atomic():
        alerts = _alerts_new(event, policies)
        deliveries = _deliveries_new(event, alerts)
        transaction.on_commit(partial(_send, deliveries), robust=True)
    return alerts


def _alerts_new(event: Event, policies: Sequence[AlertPolicy]) -> list[Alert]:
    wanted = [
        Alert(policy=policy, event=event, camera=event.camera, severity=policy.severity or event.severity)
        for policy in policies
    ]
    Alert.objects.bulk_create(wanted, ignore_conflicts=True)
    stored = set(Alert.objects.filter(id__in=[alert.id for alert in wanted]).values_list("id", flat=True))
    return [alert for alert in wanted if alert.id in stored]


def _deliveries_new(event: Event, alerts: Sequence[Alert]) -> list[Delivery]:
    """One message for each recipient and channel; those who may not have it get a row that says why."""
    people = {person.id for alert in alerts for person in alert.policy.recipients.all()}
    seeing = set(users_seeing(event.camera).filter(id__in=people).values_list("id", flat=True))
    deliveries = [
        _delivery(alert, person, Channel(channel), may_view=person.id in seeing)
        for alert in alerts
        for person in alert.policy.recipients.all()
        for channel in dict.fromkeys(alert.policy.channels)
    ]
    return Delivery.objects.bulk_create(deliveries)


def _delivery(alert: Alert, recipient: User, channel: Channel, *, may_view: bool) -> Delivery:
    delivery = Delivery(alert=alert, recipient=recipient, channel=channel)
    now = timezone.now()
    if not may_view:
        _suppress(delivery, DeliveryReason.NO_PERMISSION, MAY_NOT_VIEW)
    elif channel == Channel.EMAIL and not recipient.email:
        _suppress(delivery, DeliveryReason.NO_ADDRESS, NO_ADDRESS)
    elif channel in INSTANT_CHANNELS:
        delivery.state, delivery.sent_at = DeliveryState.SENT, now
    else:
        delivery.next_attempt_at = now
    return delivery


def _suppress(delivery: Delivery, reason: DeliveryReason, detail: str) -> None:
    delivery.state, delivery.reason, delivery.detail = DeliveryState.SUPPRESSED, reason, detail


def _send(deliveries: Iterable[Delivery]) -> None:
    """After the commit. What fails here costs a sweep: the rows are there."""
    for delivery in deliveries:
        if delivery.state == DeliveryState.SENT:
            CHANNELS[Channel(delivery.channel)](delivery)
        elif delivery.state == DeliveryState.QUEUED:
            deliver.send(str(delivery.id))


@transaction.atomic
def alert_acknowledge(*, user: User, alert_id: uuid.UUID) -> Alert:
    """Note that ``user`` has taken the alert in hand.

    Raises:
        NotFoundError: there is none, or the user may not review its camera.
        ConflictError: somebody has acknowledged it already; the message says who and when.
    """
    alert = alert_get(user, alert_id, CameraPermission.REVIEW)
    changed = Alert.objects.filter(id=alert.id, state=AlertState.OPEN).update(
        state=AlertState.ACKNOWLEDGED, acknowledged_at=timezone.now(), acknowledged_by=user
    )
    alert = alert_get(user, alert_id, CameraPermission.REVIEW)
    if not changed:
        raise ConflictError(_already(alert))
    _acknowledged(user, alert)
    return alert


@transaction.atomic
def alerts_acknowledge(*, user: User, alert_ids: Iterable[uuid.UUID]) -> list[Alert]:
    """Acknowledge several at once and return those that changed; what somebody acknowledged before stays theirs.

    Raises:
        NotFoundError: one of them is not there or not the user's to review; nothing is changed then.
    """
    wanted = set(alert_ids)
    mine = alerts_visible_to(user, CameraPermission.REVIEW).filter(id__in=wanted)
    if mine.count() != len(wanted):
        raise NotFoundError("At least one of these alerts does not exist. Nothing was acknowledged.")
    # Locked in the order of their ids, so that two people who acknowledge the same list cannot block each other.
    alerts = list(mine.filter(state=AlertState.OPEN).order_by("id").select_for_update(of=("self",)))
    now = timezone.now()
    for alert in alerts:
        alert.state, alert.acknowledged_at, alert.acknowledged_by = AlertState.ACKNOWLEDGED, now, user
    Alert.objects.bulk_update(alerts, ["state", "acknowledged_at", "acknowledged_by"])
    for alert in alerts:
        _acknowledged(user, alert)
    return alerts


def _acknowledged(user: User, alert: Alert) -> None:
    audit_record(actor=user, action="alert.acknowledged", target=alert, event=str(alert.event_id))
    transaction.on_commit(partial(alert_updated, alert), robust=True)


def _already(alert: Alert) -> str:
    who = alert.acknowledged_by.get_username() if alert.acknowledged_by else "Somebody whose account is gone"
    if alert.acknowledged_at is None:
        return "This alert cannot be acknowledged."
    at = alert.acknowledged_at.astimezone(ZoneInfo(alert.camera.site.time_zone))
    return f"{who} acknowledged this alert already, on {at:%Y-%m-%d at %H:%M:%S %Z}."
