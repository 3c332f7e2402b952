"""Background work of alerts: sending messages, and sending again what was left lying."""

from __future__ import annotations

import time
import uuid

import dramatiq

from alerts.deliveries import deliveries_give_up, delivery_following, delivery_send
from alerts.lanes import place_of, turned_away
from alerts.models import Delivery
from alerts.selectors import deliveries_in_turn
from vms.broker import DELIVERIES_QUEUE
from vms.periodic import every

SWEEP_SECONDS = 5
SWEEP_AT_MOST = 200
FOLLOW_SECONDS = 20
"""With the slowest send after it still within the actor's time limit."""


@dramatiq.actor(queue_name=DELIVERIES_QUEUE, time_limit=60_000, max_retries=0, max_age=600_000)
def deliver(delivery_id: str, place: str = "") -> None:
    """Send one, and for a while those that found no place meanwhile: behind a long queue they would leave it empty.

    ``place``: where the message will have to wait, as a hint.
    """
    if place and turned_away(place):
        return
    until = time.monotonic() + FOLLOW_SECONDS
    sent = delivery_send(delivery_id=uuid.UUID(delivery_id))
    while sent is not None and (following := delivery_following(sent)) is not None:
        if time.monotonic() > until:
            deliver.send(str(following))
            return
        sent = delivery_send(delivery_id=following)


@every(seconds=SWEEP_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=30_000, max_retries=0, max_age=SWEEP_SECONDS * 1000)
def sweep_deliveries() -> None:
    """A message sent twice is no harm: only one worker can claim the row."""
    deliveries_give_up()
    for delivery in deliveries_in_turn().only("channel", "endpoint_id")[:SWEEP_AT_MOST]:
        send_soon(delivery)


def send_soon(delivery: Delivery) -> None:
    """Call it after the commit. What fails here costs a sweep."""
    deliver.send(str(delivery.id), place_of(delivery))
