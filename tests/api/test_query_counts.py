"""A page of a list costs the same number of queries however many rows it has."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import TrackLog
from rules.models import Backtest
from tests.api.clients import client_of, make_event, make_rule
from tests.cameras.world import grant, make_camera, make_job, make_user
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


def fill(user: User, number: int) -> None:
    camera = make_camera(f"Camera {number}", site=f"Site {number}")
    camera.zones.create(name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]])
    grant(user, camera)
    rule = make_rule(camera, name=f"Rule {number}")
    job = make_job(user, camera)
    at = timezone.now()
    TrackLog.objects.create(
        camera=camera, job=job, epoch=1, start_ms=0, end_ms=0, starts_at=at, ends_at=at, frames=1, objects_seen=0,
        finished=False, size_bytes=1, name=f"tracks/{number}", sha256="",
    )  # fmt: skip
    make_event(camera, rule, minutes=number, with_files=True)
    backtest = Backtest.objects.create(
        rule=rule, asked_by=user, period_start=at - timedelta(days=1), period_end=at, spec={}, next_attempt_at=at
    )
    backtest.cameras.create(camera=camera)


def count(user: User, route: str) -> tuple[int, int]:
    client = client_of(user)
    with CaptureQueriesContext(connection) as queries:
        rows = client.get(f"/api/v1/{route}").json()["results"]
    return len(rows), len(queries)


@pytest.mark.parametrize(
    "route", ["sites", "cameras", "zones", "rules", "recordings", "jobs", "events", "track-logs", "backtests"]
)
def test_a_page_takes_no_more_queries_for_more_rows(route: str) -> None:
    user = make_user("olga")
    fill(user, 1)
    one_row, baseline = count(user, route)
    for number in range(2, 6):
        fill(user, number)
    five_rows, queries = count(user, route)
    assert (one_row, five_rows) == (1, 5)
    assert queries == baseline <= 3
