"""What a message says that stands for several alerts."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from alerts.digest_mail import digest_alerts
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
    worst = max((alert.severity for alert in alerts), key=SEVERITY_RANK.__getitem__, default=notice.severity)
    return replace(
        notice,
        kind="digest",
        event_id=None,
        severity=Severity(worst),
        message=f"{len(alerts)} alert{'' if len(alerts) == 1 else 's'}",
        text=_text(alerts),
        url=f"{settings.BASE_URL}/alerts/",
    )


def _text(alerts: list[Alert]) -> str:
    lines = [one_line(f"{alert.get_severity_display()}: {alert.message}") for alert in alerts[:MOST_LINES]]
    more = len(alerts) - MOST_LINES
    return "\n".join(lines + ([f"and {more} more"] if more > 0 else []))
