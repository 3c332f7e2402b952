"""What a message says that stands for several alerts."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from alerts.digest_mail import alerts_words, digest_alerts
from alerts.models import Alert, Delivery
from alerts.wording.notice import Notice, notice_of, one_line
from events.choices import SEVERITY_RANK, Severity

MOST_LINES = 10


def notice_of_any(delivery: Delivery) -> Notice:
    """Of the alert, or of all that wait in the digest that this message has become."""
    notice = notice_of(delivery)
    if not delivery.gathered.exists():
        return notice
    alerts = digest_alerts(delivery)
    with translation.override(notice.language):
        message, text = alerts_words(len(alerts)), _text(alerts)
    worst = max((alert.severity for alert in alerts), key=SEVERITY_RANK.__getitem__, default=notice.severity)
    return replace(
        notice,
        kind="digest",
        event_id=None,
        severity=Severity(worst),
        message=message,
        text=text,
        url=f"{settings.BASE_URL}/alerts/",
    )


def _text(alerts: list[Alert]) -> str:
    lines = [one_line(f"{alert.get_severity_display()}: {alert.message}") for alert in alerts[:MOST_LINES]]
    more = len(alerts) - MOST_LINES
    return "\n".join(lines + ([_("and %(number)s more") % {"number": more}] if more > 0 else []))
