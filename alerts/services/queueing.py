"""Who is told of an alert: one row for each target and channel, with the reason where it is not sent."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from alerts.actors import send_soon
from alerts.channels import INSTANT_CHANNELS, PERSONAL_CHANNELS
from alerts.channels.in_app import push_deliveries
from alerts.channels.sink import ADDRESS as SINK_ADDRESS
from alerts.choices import Channel, DeliveryReason, DeliveryState, PolicyAbout
from alerts.limits import MACHINES, target_key
from alerts.models import Alert, Delivery, Preference, PushSubscription
from alerts.models.policies import Audience
from alerts.on_call import on_call_now
from alerts.preferences import preference_answer
from alerts.selectors import alert_viewers, system_categories_of
from cameras.models import CameraGroup
from cameras.selectors import cameras_seen_by
from events.choices import SEVERITY_RANK
from vms.accounts.models import User
from vms.commits import after_commit

MAY_NOT_VIEW = _("The recipient may not view this camera.")
NOT_THEIRS = _("The recipient has no right to see this about the platform.")
NO_ADDRESS = _("The recipient has no e-mail address.")
NO_BROWSER = _("No browser of the recipient asked for pushes.")
SWITCHED_OFF = _("The endpoint is switched off.")
TOLD_ALREADY = _("Another policy's message tells the same target of the same event.")


@dataclass(frozen=True, slots=True)
class Telling:
    """An alert and those who are to hear of it now; ``step`` 0 is at once, others are escalation steps."""

    alert: Alert
    audience: Audience
    step: int = 0


def deliveries_queue(tellings: Sequence[Telling]) -> list[Delivery]:
    """Store the messages and send them after the commit. Who was told of the alert by a channel is not told again."""
    now = timezone.now()
    wanted = [delivery for telling in tellings for delivery in _of(telling, _people(telling, now))]
    _decide(wanted, now)
    Delivery.objects.bulk_create(wanted, ignore_conflicts=True)
    stored = wanted
    if any(telling.step for telling in tellings):
        kept = set(Delivery.objects.filter(id__in=[row.id for row in wanted]).values_list("id", flat=True))
        stored = [row for row in wanted if row.id in kept]
    after_commit(deliveries_send, stored)
    return stored


def deliveries_send(deliveries: Sequence[Delivery]) -> None:
    """After the commit. What fails here costs a sweep: the rows are there."""
    push_deliveries([delivery for delivery in deliveries if delivery.state == DeliveryState.SENT])
    for delivery in deliveries:
        if delivery.state == DeliveryState.QUEUED and not delivery.held:
            send_soon(delivery)


def _people(telling: Telling, now: datetime) -> dict[int, User]:
    """Those named, those on call, and of the roles those who may view the camera."""
    audience = telling.audience
    people = {person.id: person for person in audience.recipients.all()}
    for group in audience.on_call.all():
        people |= {person.id: person for person in on_call_now(group, now)}
    if audience.roles:
        people |= {person.id: person for person in alert_viewers(telling.alert).filter(role__in=audience.roles)}
    return people


def _of(telling: Telling, people: dict[int, User]) -> Iterable[Delivery]:
    alert, audience, step = telling.alert, telling.audience, telling.step
    for channel in dict.fromkeys(audience.channels):
        if channel in PERSONAL_CHANNELS:
            for person in people.values():
                yield Delivery(alert=alert, recipient=person, channel=channel, step=step, round=alert.times_reopened)
    if alert.policy.about == PolicyAbout.LINE:
        yield Delivery(alert=alert, address=SINK_ADDRESS, channel=Channel.SINK, step=step, round=alert.times_reopened)
    for address in dict.fromkeys(audience.addresses):
        yield Delivery(alert=alert, address=address, channel=Channel.EMAIL, step=step, round=alert.times_reopened)
    for endpoint in audience.endpoints.all():
        yield Delivery(alert=alert, endpoint=endpoint, channel=endpoint.kind, step=step, round=alert.times_reopened)


def _decide(deliveries: Sequence[Delivery], now: datetime) -> None:
    people = {delivery.recipient_id for delivery in deliveries if delivery.recipient_id is not None}
    seeing = _seeing(deliveries) if people else set()
    preferences = (
        {
            (preference.user_id, preference.channel): preference
            for preference in Preference.objects.filter(user__in=people).prefetch_related("cameras", "camera_groups")
        }
        if people
        else {}
    )
    groups = _groups(deliveries, preferences.values())
    with_browser = _with_browser(deliveries)
    for delivery in deliveries:
        if delivery.recipient is not None and (delivery.alert.id, delivery.recipient_id) not in seeing:
            suppress(delivery, DeliveryReason.NO_PERMISSION, no_right_words(delivery.alert))
        elif delivery.channel == Channel.EMAIL and delivery.recipient is not None and not delivery.recipient.email:
            suppress(delivery, DeliveryReason.NO_ADDRESS, NO_ADDRESS)
        elif delivery.channel == Channel.WEB_PUSH and delivery.recipient_id not in with_browser:
            suppress(delivery, DeliveryReason.NO_ADDRESS, NO_BROWSER)
        elif delivery.endpoint is not None and not delivery.endpoint.enabled:
            suppress(delivery, DeliveryReason.SWITCHED_OFF, SWITCHED_OFF)
        else:
            wish = preferences.get((delivery.recipient_id or 0, delivery.channel))
            _decide_by_wish(delivery, wish, now, groups[delivery.alert.camera_id])
    _tell_once(deliveries)


def _tell_once(deliveries: Sequence[Delivery]) -> None:
    """Where several policies want an event, nobody's phone rings twice: the soonest and gravest message stays.

    The inbox has every alert, machines take what each policy sends, and an escalation comes since nobody answered.
    """
    free = MACHINES | INSTANT_CHANNELS
    going = [
        row for row in deliveries if row.state == DeliveryState.QUEUED and not row.step and row.channel not in free
    ]
    told: set[tuple[object, ...]] = set()
    for delivery in sorted(going, key=_precedence):
        key = (delivery.alert.happening.id, target_key(delivery))
        if key in told:
            delivery.held, delivery.next_attempt_at = False, None
            suppress(delivery, DeliveryReason.DUPLICATE, TOLD_ALREADY)
        told.add(key)


def _precedence(delivery: Delivery) -> tuple[bool, int, bool]:
    return delivery.held, -SEVERITY_RANK[delivery.alert.severity], delivery.alert.policy.limit_alerts > 0


def _groups(deliveries: Sequence[Delivery], wishes: Iterable[Preference]) -> defaultdict[int | None, set[int]]:
    """The groups of the alerts' cameras, by the camera; asked only where somebody wishes for groups."""
    found: defaultdict[int | None, set[int]] = defaultdict(set)
    if any(wish.camera_groups.all() for wish in wishes):
        cameras = {delivery.alert.camera_id for delivery in deliveries}
        rows = CameraGroup.cameras.through.objects.filter(camera__in=cameras - {None})
        for camera_id, group_id in rows.values_list("camera", "cameragroup"):
            found[camera_id].add(group_id)
    return found


def _with_browser(deliveries: Sequence[Delivery]) -> set[int]:
    """Those of the recipients by push who have a browser that gets it."""
    people = {delivery.recipient_id for delivery in deliveries if delivery.channel == Channel.WEB_PUSH}
    return set(PushSubscription.objects.filter(user__in=people).values_list("user", flat=True)) if people else set()


def _decide_by_wish(delivery: Delivery, wish: Preference | None, now: datetime, groups: set[int]) -> None:
    answer = preference_answer(wish, delivery.alert, now, groups)
    delivery.in_quiet_hours = answer.in_quiet_hours
    if answer.reason is not None:
        suppress(delivery, answer.reason, answer.detail)
    elif answer.held_until is not None and delivery.channel not in INSTANT_CHANNELS:
        delivery.held, delivery.detail, delivery.next_attempt_at = True, answer.detail, answer.held_until
    elif delivery.channel in INSTANT_CHANNELS:
        delivery.state, delivery.sent_at = DeliveryState.SENT, now
    else:
        delivery.next_attempt_at = now


def suppress(delivery: Delivery, reason: DeliveryReason, detail: str) -> None:
    delivery.state, delivery.reason, delivery.detail = DeliveryState.SUPPRESSED, reason, detail


def no_right_words(alert: Alert) -> str:
    return MAY_NOT_VIEW if alert.camera_id is not None else NOT_THEIRS


def _seeing(deliveries: Sequence[Delivery]) -> set[tuple[uuid.UUID, int]]:
    """Which recipient may see which alert, as ``alerts_visible_to`` has it; asked for all of them at once."""
    people = {delivery.recipient.pk: delivery.recipient for delivery in deliveries if delivery.recipient is not None}
    alerts = {delivery.alert for delivery in deliveries}
    cameras = cameras_seen_by(people.values(), {alert.camera_id for alert in alerts if alert.camera_id is not None})
    return {
        (alert.id, user.pk)
        for user in people.values()
        for alert in alerts
        if alert.camera_id in cameras.get(user.pk, ()) or alert.system_category in system_categories_of(user)
    }
