"""Raising alerts, what people do with them, and changing policies."""

from alerts.services.lifecycle import (
    alert_acknowledge,
    alert_assign,
    alert_comment,
    alert_link,
    alert_reopen,
    alert_resolve,
    alert_snooze,
    alerts_acknowledge,
)
from alerts.services.raising import alert_raise_for_event, alerts_raise_for_events
from alerts.services.together import alerts_each
from alerts.services.unwatched import alerts_resolve_unwatched

__all__ = [
    "alert_acknowledge",
    "alert_assign",
    "alert_comment",
    "alert_link",
    "alert_raise_for_event",
    "alert_reopen",
    "alert_resolve",
    "alert_snooze",
    "alerts_acknowledge",
    "alerts_each",
    "alerts_raise_for_events",
    "alerts_resolve_unwatched",
]
