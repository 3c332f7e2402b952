"""Sending one message: claimed under a lease, tried, and tried again later when that may help."""

from __future__ import annotations

import random
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from alerts.breaker import endpoint_admit, endpoint_note
from alerts.channels import CHANNELS, CONFIRMING_CHANNELS
from alerts.channels.outcome import DeliveryError, PermanentDeliveryError, TemporaryDeliveryError
from alerts.choices import Channel, DeliveryReason, DeliveryState
from alerts.claims import claim_kept, lease_end
from alerts.digest_mail import digest_alerts
from alerts.digests import delivery_waiting, digest_join
from alerts.lanes import endpoint_place, lane_of, place_of, places_in, somebody_waits, turn_away
from alerts.models import Alert, Delivery, DeliveryAttempt, Preference
from alerts.preferences import Answer, channel_answer, is_quiet
from alerts.selectors import alert_viewers, deliveries_due
from alerts.wording.notice import one_line
from events.models import Event
from vms.retrying import retry_wait

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 10
FIRST_RETRY_SECONDS = 15
FOLLOWING_AMONG = 16
"""Two that have ended at once would both take the first, and one of them would go away with nothing."""
LONGEST_WAIT_SECONDS = 24 * 3600
MAY_NOT_VIEW_NOW = _("The recipient may no longer view this camera.")
SWITCHED_OFF = _("The endpoint is switched off.")
CLOSED_BEFORE = _("Somebody had decided the alert before.")
ENDPOINT_AWAY = _("The endpoint was not to be reached for a day.")
WORKER_ENDED = _("The worker ended each time while it was sending.")


def delivery_send(*, delivery_id: uuid.UUID) -> Delivery | None:
    """Try to send one message that is due; None when there is nothing to do (sent, claimed by another, not due).

    Mail goes out at least once: a worker that dies between sending and noting it sends the same message again,
    with the same Message-ID. Whether the recipient may still see the camera, and wants it by now, is asked now.
    """
    waiting = deliveries_due().filter(id=delivery_id).select_related("endpoint__health").first()
    if waiting is None:
        return None
    with places_in(lane_of(waiting), place_of(waiting)) as has_place:
        if not has_place or not _claim(waiting):
            return None
        with claim_kept(delivery_id):
            return _sent(delivery_id)


def delivery_following(delivery: Delivery) -> uuid.UUID | None:
    """A message that found no place while this one was on its way, and has one now."""
    waiting = deliveries_due().filter(state=DeliveryState.QUEUED)
    if delivery.endpoint_id is not None and somebody_waits(place_of(delivery)):
        waiting = waiting.filter(endpoint=delivery.endpoint_id)
    elif somebody_waits(lane_of(delivery)):
        waiting = waiting.filter(channel=delivery.channel)
    else:
        return None
    first = list(waiting.values_list("id", flat=True)[:FOLLOWING_AMONG])
    return random.choice(first) if first else None  # noqa: S311  no secret


def _sent(delivery_id: uuid.UUID) -> Delivery:
    delivery = _with_all_it_shows(delivery_id)
    if (objection := _objection(delivery)) is not None:
        reason, detail = objection
        return _settle(delivery, DeliveryState.SUPPRESSED, reason=reason, detail=detail)
    wish = _wish_of(delivery)
    wanted = _wanted(delivery, wish)
    if wanted.reason is not None:
        return _settle(delivery, DeliveryState.SUPPRESSED, reason=wanted.reason, detail=wanted.detail)
    if wanted.held_until is not None:
        return _hold(delivery, wanted)
    if (waiting := delivery_waiting(delivery, wish)) is not None:
        return digest_join(delivery, waiting)
    started = time.monotonic()
    error: DeliveryError | None = None
    try:
        answer = CHANNELS[Channel(delivery.channel)](delivery)
    except DeliveryError as failure:
        # Strangers' words: a NUL in them could not be stored, and the message would go out again and again.
        error, answer = failure, one_line(str(failure))
    with transaction.atomic():
        _note_attempt(delivery, started, answer, succeeded=error is None)
        if delivery.endpoint_id is not None:
            busy_seconds = error.retry_after if isinstance(error, TemporaryDeliveryError) else 0
            endpoint_note(
                endpoint_id=delivery.endpoint_id,
                succeeded=error is None,
                answer=answer,
                busy_seconds=busy_seconds,
            )
        return _settle_outcome(delivery, answer, error)


def deliveries_give_up() -> int:
    """Fail what was claimed as often as is allowed and never came back, and what waited a day for its endpoint."""
    stuck = deliveries_due().filter(state=DeliveryState.SENDING, attempts__gte=MAX_ATTEMPTS).order_by()
    old = timezone.now() - timedelta(seconds=LONGEST_WAIT_SECONDS)
    waited = Delivery.objects.filter(state=DeliveryState.QUEUED, endpoint__isnull=False, created_at__lt=old).order_by()
    waited = waited.exclude(resent_at__gte=old)  # what a person sends again has a day of its own
    return _given_up(stuck, WORKER_ENDED) + _given_up(waited, ENDPOINT_AWAY)


def _given_up(deliveries: QuerySet[Delivery], detail: str) -> int:
    return deliveries.update(state=DeliveryState.FAILED, detail=detail, next_attempt_at=None, lease_expires_at=None)


@transaction.atomic
def _claim(delivery: Delivery) -> bool:
    """Compare-and-set: of several workers one gets it. ``next_attempt_at`` becomes the lease's end, for the sweeper."""
    if delivery.endpoint_id is not None and not _admitted(delivery.endpoint_id):
        return False
    end = lease_end()
    due = deliveries_due().filter(id=delivery.id, attempts__lt=MAX_ATTEMPTS).order_by()
    return bool(
        due.update(
            state=DeliveryState.SENDING,
            attempts=F("attempts") + 1,
            gathering=False,
            next_attempt_at=end,
            lease_expires_at=end,
        )
    )


def _admitted(endpoint_id: int) -> bool:
    wait = endpoint_admit(endpoint_id)
    if wait is None:
        return True
    if wait.until is None:
        turn_away(endpoint_place(endpoint_id))
    else:
        # All that wait for it: each would come here for the same answer. Some may be in other hands just now.
        due = deliveries_due().filter(endpoint=endpoint_id, state=DeliveryState.QUEUED).order_by()
        Delivery.objects.filter(id__in=due.select_for_update(skip_locked=True).values("id")).update(
            next_attempt_at=wait.until
        )
    return False


def _with_all_it_shows(delivery_id: uuid.UUID) -> Delivery:
    # Three queries: planning one that joins eleven tables takes PostgreSQL longer than all three together.
    alerts = Alert.objects.select_related("camera__site", "policy", "system_event")
    events = Event.objects.select_related("rule", "clip")
    delivery = (
        Delivery.objects.select_related("recipient", "endpoint__health")
        .prefetch_related(Prefetch("alert", alerts), Prefetch("alert__event", events))
        .get(id=delivery_id)
    )
    if delivery.alert.event is not None and delivery.alert.camera is not None:
        delivery.alert.event.camera = delivery.alert.camera  # the same: an alert's camera is its first event's
    return delivery


def _objection(delivery: Delivery) -> tuple[DeliveryReason, str] | None:
    """Why it must not go out now, whatever was decided when it was queued."""
    if delivery.endpoint is not None and not delivery.endpoint.enabled:
        return DeliveryReason.SWITCHED_OFF, SWITCHED_OFF
    is_digest = delivery.gathered.exists()
    decided = delivery.alert.is_decided and delivery.alert.resolved_by_id is not None
    if decided and not is_digest and delivery.resent_at is None:
        return DeliveryReason.CLOSED, CLOSED_BEFORE
    if delivery.recipient_id is None:
        return None
    # A digest goes on with what its reader may still see, whichever alert it began with.
    seeing = alert_viewers(delivery.alert).filter(id=delivery.recipient_id)
    if not (digest_alerts(delivery) if is_digest else seeing.exists()):
        return DeliveryReason.NO_PERMISSION, MAY_NOT_VIEW_NOW
    return None


def _wish_of(delivery: Delivery) -> Preference | None:
    if delivery.recipient_id is None:
        return None
    return Preference.objects.filter(user=delivery.recipient_id, channel=delivery.channel).first()


def _wanted(delivery: Delivery, wish: Preference | None) -> Answer:
    """What its recipient wants by now: meanwhile they may have stopped these messages, or gone to bed."""
    if wish is None or delivery.resent_at is not None:
        return Answer()
    now = timezone.now()
    overrides = is_quiet(wish, now) and (
        delivery.alert.policy.overrides_quiet or delivery.gathered.filter(alert__policy__overrides_quiet=True).exists()
    )
    answer = channel_answer(wish, now, overrides_quiet=overrides)
    if answer.in_quiet_hours and not delivery.in_quiet_hours:
        Delivery.objects.filter(id=delivery.id).update(in_quiet_hours=True)
    return answer


def _hold(delivery: Delivery, wanted: Answer) -> Delivery:
    """Until the quiet hours are over. To look at the clock was no attempt."""
    mine = Delivery.objects.filter(id=delivery.id, state=DeliveryState.SENDING, attempts=delivery.attempts)
    mine.update(
        state=DeliveryState.QUEUED,
        held=True,
        detail=wanted.detail,
        attempts=delivery.attempts - 1,
        next_attempt_at=wanted.held_until,
        lease_expires_at=None,
    )
    delivery.refresh_from_db()
    return delivery


def _note_attempt(delivery: Delivery, started: float, answer: str, *, succeeded: bool) -> None:
    milliseconds = round((time.monotonic() - started) * 1000)
    DeliveryAttempt.objects.create(delivery=delivery, milliseconds=milliseconds, succeeded=succeeded, answer=answer)


def _settle_outcome(delivery: Delivery, answer: str, error: DeliveryError | None) -> Delivery:
    now = timezone.now()
    if error is None:
        confirmed = Channel(delivery.channel) in CONFIRMING_CHANNELS
        state = DeliveryState.DELIVERED if confirmed else DeliveryState.SENT
        return _settle(delivery, state, detail=answer, sent_at=now)
    log.warning("delivery.failed", delivery=str(delivery.id), attempts=delivery.attempts, answer=answer)
    if isinstance(error, TemporaryDeliveryError) and delivery.attempts < MAX_ATTEMPTS:
        wait = retry_wait(delivery.attempts, first_seconds=FIRST_RETRY_SECONDS)
        later = now + max(wait, timedelta(seconds=error.retry_after))
        return _settle(delivery, DeliveryState.QUEUED, detail=answer, next_attempt_at=later)
    given_up = (
        ""
        if isinstance(error, PermanentDeliveryError)
        else " " + gettext("Given up after %(attempts)s attempts.") % {"attempts": delivery.attempts}
    )
    return _settle(delivery, DeliveryState.FAILED, detail=answer + given_up)


def _settle(
    delivery: Delivery,
    state: DeliveryState,
    *,
    detail: str,
    reason: str = "",
    sent_at: datetime | None = None,
    next_attempt_at: datetime | None = None,
) -> Delivery:
    """Compare-and-set on our own claim: a worker whose lease ran out changes nothing."""
    outcome: dict[str, Any] = {
        "state": state,
        "reason": reason,
        "detail": detail,
        "sent_at": sent_at,
        "next_attempt_at": next_attempt_at,
        "lease_expires_at": None,
    }
    own = Delivery.objects.filter(id=delivery.id, state=DeliveryState.SENDING, attempts=delivery.attempts)
    if own.update(**outcome):
        for name, value in outcome.items():
            setattr(delivery, name, value)
    else:
        delivery.refresh_from_db()
    return delivery
