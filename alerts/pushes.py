"""The browsers that a person wants to be told in."""

from __future__ import annotations

import json

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from alerts.channels.web_push.sealing import Subscription
from alerts.models import PushSubscription
from alerts.models.push import address_digest
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.errors import InvalidError, NotFoundError

MOST_BROWSERS = 10


@transaction.atomic
def push_subscribe(*, user: User, document: object, browser: str) -> PushSubscription:
    """Keep what the browser gave. The same browser again takes the place of what it gave before, whoever it was.

    Raises:
        InvalidError: it is no subscription, or the person has too many browsers.
    """
    try:
        subscription = Subscription.model_validate_json(json.dumps(document))
    except (ValidationError, ValueError):
        raise InvalidError(_("This browser gave no subscription that can be used.")) from None
    digest = address_digest(subscription.endpoint)
    PushSubscription.objects.filter(address_digest=digest).delete()
    if PushSubscription.objects.filter(user=user).count() >= MOST_BROWSERS:
        raise InvalidError(
            _("You are told in %(number)s browsers already. Remove one first.") % {"number": MOST_BROWSERS}
        )
    made = PushSubscription(user=user, address_digest=digest, browser=browser[:100])
    made.document = subscription.model_dump_json()
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise InvalidError(_("This browser was just added. Load the page again.")) from None
    audit_record(actor=user, action="push.subscribed", target=user, browser=made.browser)
    return made


@transaction.atomic
def push_remove(*, user: User, subscription_id: int) -> None:
    """Raises NotFoundError: there is none, or it is another's."""
    mine = PushSubscription.objects.filter(user=user, id=subscription_id).first()
    if mine is None:
        raise NotFoundError(_("There is no such browser."))
    audit_record(actor=user, action="push.removed", target=user, browser=mine.browser)
    mine.delete()
