"""Limits on messages: whether one more may go out now, counted exactly however many workers ask at once."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from alerts.choices import Channel
from alerts.models import Alert, Delivery

RECIPIENT_SECONDS = 600
GLOBAL_SECONDS = 60
MACHINES = frozenset({Channel.WEBHOOK, Channel.MQTT, Channel.SINK})
"""They have no patience to lose, and a program that gets digests gets nothing."""

TAKE = """
INSERT INTO alerts_allowance AS bucket (key, tokens, filled_at) VALUES (%(key)s, %(most)s - 1, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET filled_at = clock_timestamp(), tokens = -1 + least(
    %(most)s, bucket.tokens + %(rate)s * greatest(0, extract(epoch FROM clock_timestamp() - bucket.filled_at)))
WHERE least(
    %(most)s, bucket.tokens + %(rate)s * greatest(0, extract(epoch FROM clock_timestamp() - bucket.filled_at))) >= 1
RETURNING 1
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` at once; what was used comes back evenly within ``seconds``."""

    key: str
    most: int
    seconds: float

    def take(self) -> bool:
        """One token, or False. In a transaction the row stays locked until its end."""
        values: dict[str, str | float] = {"key": self.key, "most": float(self.most), "rate": self.most / self.seconds}
        with connection.cursor() as cursor:
            cursor.execute(TAKE, values)
            return cursor.fetchone() is not None


class _OverLimitError(Exception):
    """Takes back the tokens of the limits that were asked before."""


def alert_admit(alert: Alert) -> bool:
    """Whether the alert is within its policy's limit: decided once, for all of its messages together."""
    policy = alert.policy
    if not policy.limit_alerts:
        return True
    with transaction.atomic():
        admitted = Alert.objects.select_for_update().values_list("admitted", flat=True).get(id=alert.id)
        if admitted is None:
            admitted = Limit(f"policy:{policy.id}", policy.limit_alerts, policy.limit_minutes * 60).take()
            Alert.objects.filter(id=alert.id).update(admitted=admitted)
    return admitted


def delivery_admit(delivery: Delivery) -> bool:
    """Count the message against the limits of its target and of the platform; all of them or none."""
    limits = [
        Limit(target_key(delivery), settings.ALERT_MESSAGES_PER_RECIPIENT, RECIPIENT_SECONDS),
        Limit("all", settings.ALERT_MESSAGES_PER_MINUTE, GLOBAL_SECONDS),
    ]
    try:
        with transaction.atomic():
            for limit in limits:
                if not limit.take():
                    raise _OverLimitError
            Delivery.objects.filter(id=delivery.id).update(admitted=True)
    except _OverLimitError:
        return False
    delivery.admitted = True
    return True


def target_key(delivery: Delivery) -> str:
    target = delivery.recipient_id or delivery.address or f"endpoint {delivery.endpoint_id}"
    return f"target:{delivery.channel}:{target}"
