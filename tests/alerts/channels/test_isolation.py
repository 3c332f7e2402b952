"""Endpoints that behave badly hold up nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from alerts.breaker import AT_ONCE
from alerts.choices import Channel, DeliveryState
from alerts.deliveries import delivery_following, delivery_send
from alerts.lanes import WIDTHS, Lane
from alerts.models import Delivery, Endpoint, EndpointHealth
from tests.alerts.channels.endpoints import make_alert, make_delivery, make_webhook
from tests.alerts.scenes import camera_of, grant, make_user
from tests.alerts.smtp_sink import Sink
from tests.assets import REPOSITORY
from tests.faults.running import wait_until
from tests.outbound.receiver import Receiver, answer, running_receiver

pytestmark = pytest.mark.django_db(transaction=True)

PROCFILE = (REPOSITORY / "Procfile").read_text("utf-8")
WORKER_THREADS = int(re.findall(r"^tasks:.*--threads (\d+)", PROCFILE, re.MULTILINE)[0])
SECONDS = 60


@pytest.fixture
def receivers(worker: object, settings: LazySettings) -> Iterator[Callable[[], Receiver]]:
    """They end before the worker does: it would wait for those that hang."""
    settings.OUTBOUND_NETWORKS = ("127.0.0.1/32",)
    with ExitStack() as stack:
        yield lambda: stack.enter_context(running_receiver())


@pytest.fixture
def worker() -> Iterator[Callable[[Delivery], Future[None]]]:
    """As many threads as the tasks worker has."""

    def work(delivery: Delivery) -> None:
        try:
            sent = delivery_send(delivery_id=delivery.id)
            while sent is not None and (following := delivery_following(sent)) is not None:
                sent = delivery_send(delivery_id=following)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKER_THREADS) as pool:
        yield lambda delivery: pool.submit(work, delivery)


def bad_endpoint(receiver: Receiver, manner: str, name: str) -> Endpoint:
    receiver.always = {"hangs": receiver.hang, "drips": receiver.drip, "answers 500": answer(500)}.get(manner)
    url = "http://127.0.0.1:1/" if manner == "is away" else receiver.url
    return make_webhook(url, seconds=2 * SECONDS, name=name)


def test_all_lanes_together_leave_threads_for_other_work() -> None:
    assert sum(WIDTHS.values()) < WORKER_THREADS


def test_a_good_endpoint_and_mail_are_served_while_bad_ones_are_waited_for(
    receivers: Callable[[], Receiver], worker: Callable[[Delivery], Future[None]], sink: Sink
) -> None:
    alert, user = make_alert(), make_user()
    grant(user, camera_of(alert))
    manners = ["hangs", "drips", "is away", "answers 500"]
    bad = [bad_endpoint(receivers(), manner, manner) for manner in manners]
    alerts = [alert, *(make_alert() for _ in range(7))]
    stuck = [worker(make_delivery(endpoint, alert)) for endpoint in bad for alert in alerts]
    good = receivers()
    endpoint = make_webhook(good.url, name="good")
    mail = Delivery.objects.create(alert=alert, recipient=user, channel=Channel.EMAIL, next_attempt_at=alert.raised_at)
    for future in (worker(make_delivery(endpoint, alert)), worker(mail)):
        future.result(timeout=SECONDS)
    assert (len(good.received), len(sink.messages)) == (1, 1)
    assert not all(future.done() for future in stuck)  # the hanging ones were still waited for


def test_a_hanging_endpoint_is_waited_for_by_few(
    receivers: Callable[[], Receiver], worker: Callable[[Delivery], Future[None]]
) -> None:
    endpoint = bad_endpoint(receivers(), "hangs", "hangs")
    EndpointHealth.objects.create(endpoint=endpoint, succeeded_at=timezone.now())
    deliveries = [make_delivery(endpoint, make_alert()) for _ in range(8)]
    futures = [worker(delivery) for delivery in deliveries]
    sending = Delivery.objects.filter(state=DeliveryState.SENDING)
    wait_until(
        lambda: sum(future.done() for future in futures) >= len(futures) - AT_ONCE and sending.count() >= AT_ONCE,
        SECONDS,
        "some are being sent, and the others have found no place",
    )
    assert sending.count() == AT_ONCE
    assert Delivery.objects.filter(state=DeliveryState.QUEUED, attempts=0).count() == 8 - AT_ONCE


def test_endpoints_that_failed_wait_for_each_other_and_not_for_those_that_work(
    receivers: Callable[[], Receiver], worker: Callable[[Delivery], Future[None]]
) -> None:
    suspects = [bad_endpoint(receivers(), "hangs", f"suspect {number}") for number in range(WIDTHS[Lane.SUSPECT] + 3)]
    for suspect in suspects:
        EndpointHealth.objects.create(endpoint=suspect, failures_in_row=1)
    waiting = [worker(make_delivery(suspect, make_alert())) for suspect in suspects]
    width, sending = WIDTHS[Lane.SUSPECT], Delivery.objects.filter(state=DeliveryState.SENDING)
    wait_until(
        lambda: sum(future.done() for future in waiting) == len(suspects) - width and sending.count() == width,
        SECONDS,
        "as many are being sent as the lane is wide, and the others have found no place",
    )
    good = receivers()
    worker(make_delivery(make_webhook(good.url, name="good"), make_alert())).result(timeout=SECONDS)
    assert len(good.received) == 1
    assert sending.count() == width
