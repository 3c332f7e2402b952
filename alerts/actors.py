"""Background work of alerts: sending messages, and sending again what was left lying."""

from __future__ import annotations

import uuid

import dramatiq
from dramatiq_crontab import interval

from alerts.deliveries import deliveries_give_up, delivery_following, delivery_send
from alerts.selectors import deliveries_in_turn
from vms.broker import DELIVERIES_QUEUE

SWEEP_SECONDS = 5
SWEEP_AT_MOST = 200


@dramatiq.actor(queue_name=DELIVERIES_QUEUE, time_limit=60_000, max_retries=0, max_age=600_000)
def deliver(delivery_id: str) -> None:
    sent = delivery_send(delivery_id=uuid.UUID(delivery_id))
    if sent is not None and (following := delivery_following(sent)) is not None:
        deliver.send(str(following))


@interval(seconds=SWEEP_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=30_000, max_retries=0, max_age=SWEEP_SECONDS * 1000)
def sweep_deliveries() -> None:
    """A message sent twice is no harm: only one worker can claim the row."""
    deliveries_give_up()
    for delivery_id in deliveries_in_turn().values_list("id", flat=True)[:SWEEP_AT_MOST]:
        deliver.send(str(delivery_id))
