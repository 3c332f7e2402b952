"""What a page that was away is told of."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from events.catch_up import missed_by
from tests.alerts.channels.endpoints import make_alert
from tests.alerts.scenes import camera_of, grant, make_user

pytestmark = pytest.mark.django_db


def test_more_events_and_alerts_are_read_with_no_more_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    guard = make_user()
    alerts = [make_alert() for _ in range(3)]
    for alert in alerts:
        grant(guard, camera_of(alert))
    with django_assert_num_queries(4):
        missed = missed_by(guard, timezone.now() - timedelta(minutes=1))
    assert [message["data"].get("message") for message in missed if message["kind"] == "alert.updated"] == [
        alert.message for alert in alerts
    ]
    assert len(missed) == 2 * len(alerts)
