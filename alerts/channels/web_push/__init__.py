"""Web Push: to every browser in which a person asked for it, also when no page is open."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from alerts.channels.endpoint import outbound_guard
from alerts.channels.outcome import DeliveryError, PermanentDeliveryError, TemporaryDeliveryError, seconds_asked
from alerts.channels.web_push.sealing import Subscription, headers_for, seal
from alerts.choices import Channel
from alerts.models import Delivery, PushSubscription
from alerts.wording.digest import notice_of_any
from alerts.wording.notice import Notice
from alerts.wording.words import words_for
from vms.accounts.models import User
from vms.database import connection_leave
from vms.outbound.errors import ForbiddenTargetError, OutboundError
from vms.outbound.http import HttpAnswer, http_post

SECONDS = 10
ALL_SECONDS = 40
"""For all browsers of one person, so that the worker's own limit is not reached."""
MOST_BODY_CHARACTERS = 1_000
"""A push service takes 4,096 bytes in all."""
GONE = frozenset({404, 410})
NO_BROWSER = _("No browser of the recipient asked for pushes.")


def send(delivery: Delivery) -> str:
    if delivery.recipient is None:
        raise PermanentDeliveryError(gettext("Only a person's browsers can be pushed to."))
    return send_to(delivery.recipient, notice_of_any(delivery))


def send_to(user: User, notice: Notice) -> str:
    """One browser that takes it is enough: trying again would tell that one twice."""
    subscriptions = list(PushSubscription.objects.filter(user=user))
    if not subscriptions:
        raise PermanentDeliveryError(NO_BROWSER)
    until = time.monotonic() + ALL_SECONDS
    results = [_pushed(subscription, notice, until - time.monotonic()) for subscription in subscriptions]
    failures = [failure for failure in results if failure is not None]
    if len(failures) == len(subscriptions):
        raise _worth_most(failures)
    return gettext("Taken by the push service for %(number)s of %(all)s browsers.") % {
        "number": len(subscriptions) - len(failures),
        "all": len(subscriptions),
    }


def _pushed(row: PushSubscription, notice: Notice, seconds: float) -> DeliveryError | None:
    if seconds <= 0:
        return TemporaryDeliveryError(gettext("The push services of the recipient's other browsers took too long."))
    subscription = Subscription.model_validate_json(row.document)
    body, headers = seal(subscription, _document(notice)), headers_for(subscription, notice)
    seconds = min(SECONDS, seconds)
    connection_leave()
    try:
        answer = http_post(subscription.endpoint, body=body, headers=headers, guard=outbound_guard(), seconds=seconds)
    except ForbiddenTargetError as error:
        return PermanentDeliveryError(str(error))
    except OutboundError as error:
        return TemporaryDeliveryError(str(error))
    if 200 <= answer.status < 300:
        PushSubscription.objects.filter(id=row.id).update(used_at=timezone.now())
        return None
    if answer.status in GONE:
        row.delete()
        return PermanentDeliveryError(gettext("The browser takes no pushes any more; it is forgotten."))
    return _refusal(answer)


def _refusal(answer: HttpAnswer) -> DeliveryError:
    sentence = gettext("The push service answered %(status)s: %(words)s") % {
        "status": answer.status,
        "words": " ".join(answer.text.split())[:200],
    }
    if answer.status >= 500 or answer.status == 429:
        return TemporaryDeliveryError(sentence, retry_after=seconds_asked(answer.headers.get("Retry-After", "")))
    return PermanentDeliveryError(sentence)


def _worth_most(failures: Sequence[DeliveryError]) -> DeliveryError:
    return next((failure for failure in failures if isinstance(failure, TemporaryDeliveryError)), failures[0])


def _document(notice: Notice) -> bytes:
    words = words_for(Channel.WEB_PUSH, notice)
    document = {
        "id": str(notice.id),
        "title": words.subject,
        "body": words.body[:MOST_BODY_CHARACTERS],
        "path": f"/events/{notice.event_id}/" if notice.event_id else "/alerts/",
        "severity": notice.severity.value,
    }
    return json.dumps(document, ensure_ascii=False).encode()
