"""The mail that tells of several alerts at once."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import ngettext

from alerts.mail_stop import stop_headers
from alerts.models import Alert, Delivery
from alerts.seen import alerts_as_seen
from alerts.selectors import alerts_visible_to
from alerts.wording.notice import notice_of, page_language
from vms.mail import mail_headers, subject_line

MOST_LINES = 50


def digest_alerts(delivery: Delivery) -> list[Alert]:
    """The alerts that the message tells of, oldest first: what its reader may no longer see is not among them."""
    ids = [delivery.alert_id, *delivery.gathered.values_list("alert", flat=True)]
    if delivery.recipient is not None:
        alerts = alerts_visible_to(delivery.recipient).filter(id__in=ids).order_by("raised_at", "id")
        return alerts_as_seen(delivery.recipient, alerts)
    alerts = Alert.objects.select_related("camera__site", "event__rule", "system_event", "policy")
    return list(alerts.filter(id__in=ids).order_by("raised_at", "id"))


def alerts_words(number: int) -> str:
    return ngettext("%(number)s alert", "%(number)s alerts", number) % {"number": number}


def digest_mail(delivery: Delivery, address: str) -> EmailMultiAlternatives:
    """Like the mail of one alert, its Message-ID is the delivery's."""
    alerts = digest_alerts(delivery)
    context = {
        "alerts": alerts[:MOST_LINES],
        "number": len(alerts),
        "more": max(0, len(alerts) - MOST_LINES),
        "base": settings.BASE_URL,
    }
    with translation.override(page_language(notice_of(delivery).language)):
        subject = subject_line(alerts_words(len(alerts)))
        text, page = (render_to_string(f"alerts/mail/digest.{kind}", context) for kind in ("txt", "html"))
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        to=[address],
        headers=mail_headers(delivery.id) | stop_headers(delivery.recipient),
    )
    mail.attach_alternative(page, "text/html")
    return mail
