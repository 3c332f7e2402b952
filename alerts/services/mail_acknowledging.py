"""Acknowledging by the link in a mail, without a login: once, and only while its recipient may."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from alerts.mail_links import delivery_id_of
from alerts.models import Alert, Delivery
from alerts.selectors import alert_viewers
from alerts.services.lifecycle import alert_acknowledge
from cameras.selectors import CameraPermission
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.errors import ConflictError, DomainError

USELESS = _("This link is not valid or has expired. Sign in to see the alert.")


class LinkGoneError(DomainError):
    code = "gone"
    http_status = 410


def link_read(token: str) -> tuple[Delivery, User]:
    """The message whose link it is, and its recipient.

    Raises:
        LinkGoneError: it was not signed by us, is too old, or its recipient may no longer acknowledge the alert.
    """
    rows = Delivery.objects.select_related(
        "recipient", "alert__camera__site", "alert__event__rule", "alert__system_event", "alert__policy"
    )
    identity = delivery_id_of(token)
    delivery = rows.filter(id=identity).first() if identity else None
    person = delivery.recipient if delivery else None
    if delivery is None or person is None:
        raise LinkGoneError(gettext(USELESS))
    if not alert_viewers(delivery.alert, CameraPermission.REVIEW).filter(id=person.id).exists():
        raise LinkGoneError(gettext(USELESS))
    return delivery, person


@transaction.atomic
def link_use(token: str) -> Alert:
    """Acknowledge the alert in the recipient's name.

    Raises:
        LinkGoneError: as for ``link_read``.
        ConflictError: the link was used, or somebody acknowledged or decided the alert already.
    """
    delivery, person = link_read(token)
    if not Delivery.objects.filter(id=delivery.id, link_used_at=None).update(link_used_at=timezone.now()):
        raise ConflictError(gettext("This link was used already. Sign in to see the alert."))
    alert = alert_acknowledge(user=person, alert_id=delivery.alert_id, note=gettext("by the link in the mail"))
    audit_record(actor=person, action="alert.link_used", target=alert, delivery=str(delivery.id))
    return alert
