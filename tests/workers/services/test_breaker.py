"""The circuit breaker of nodes: when it opens, for how long, and what closes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from tests.cameras.world import make_user
from tests.workers.leased import make_node
from vms.accounts.choices import Role
from vms.audit.models import AuditEntry
from vms.errors import ConflictError, ForbiddenError
from workers.models import WorkerNode
from workers.services.breaker import breaker_close, node_failed, node_succeeded

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fail(node: WorkerNode, *moments: float) -> list[bool]:
    return [node_failed(node=node, reason="The detector stopped.", now=after(moment)) for moment in moments]


def pause_of(node: WorkerNode) -> float:
    node.refresh_from_db()
    assert node.breaker_until is not None and node.breaker_opened_at is not None
    return (node.breaker_until - node.breaker_opened_at).total_seconds()


def test_the_third_failure_in_a_row_opens_it_for_half_a_minute() -> None:
    node = make_node()
    assert fail(node, 0, 50, 100) == [False, False, True]
    assert pause_of(node) == 30


def test_a_calm_minute_forgets_failures() -> None:
    assert not any(fail(make_node(), 0, 10, 71, 80))


def test_work_that_went_well_for_a_minute_forgets_failures() -> None:
    node = make_node()
    fail(node, 0, 10)
    node.refresh_from_db()
    node_succeeded(node=node, now=after(71))
    node.refresh_from_db()
    assert (node.failures, node.failed_at) == (0, None)


def test_failures_while_it_is_open_change_nothing() -> None:
    node = make_node()
    fail(node, 0, 1, 2)
    assert fail(node, 3, 31) == [False, False]
    assert pause_of(node) == 30


def test_one_failure_on_probation_opens_it_again_for_twice_as_long_and_at_most_a_quarter_of_an_hour() -> None:
    node, moment, pauses = make_node(), 2.0, []
    fail(node, 0, 1, 2)
    for _ in range(7):
        pauses.append(pause_of(node))
        moment += pauses[-1] + 1
        assert fail(node, moment) == [True]
    assert pauses == [30, 60, 120, 240, 480, 900, 900]


def test_a_calm_minute_on_probation_closes_it_and_starts_the_pauses_anew() -> None:
    node = make_node()
    fail(node, 0, 1, 2)
    node.refresh_from_db()
    assert not node_succeeded(node=node, now=after(32 + 59))
    assert node_succeeded(node=node, now=after(32 + 60))
    assert not node_succeeded(node=node, now=after(32 + 61))
    assert fail(node, 100, 101, 102) == [False, False, True]
    assert pause_of(node) == 30


def test_every_opening_is_in_the_audit_trail_with_its_reason() -> None:
    node = make_node()
    fail(node, 0, 1, 2)
    entry = AuditEntry.objects.get(action="node.breaker_opened")
    assert entry.target == f"workers.workernode:{node.id}"
    assert entry.detail == {"node": "north", "reason": "The detector stopped.", "seconds": 30, "failures": 3}


def test_an_admin_closes_it_by_hand_once() -> None:
    node, ada = make_node(), make_user("ada", role=Role.ADMIN)
    fail(node, 0, 1, 2)
    assert breaker_close(user=ada, node_id=node.id).breaker_until is None
    with pytest.raises(ConflictError):
        breaker_close(user=ada, node_id=node.id)
    assert AuditEntry.objects.get(action="node.breaker_closed").actor == ada


def test_nobody_else_closes_it() -> None:
    node = make_node()
    fail(node, 0, 1, 2)
    with pytest.raises(ForbiddenError):
        breaker_close(user=make_user("sam", role=Role.SUPERVISOR), node_id=node.id)
    assert pause_of(node) == 30


@pytest.mark.django_db(transaction=True)
def test_failures_told_at_the_same_moment_each_count_once_and_one_of_them_opens() -> None:
    node = make_node()

    def one_failure(_: int) -> bool:
        try:
            return node_failed(node=node, reason="The detector stopped.", now=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(one_failure, range(8)))
    node.refresh_from_db()
    assert (opened.count(True), node.failures) == (1, 3)
    assert AuditEntry.objects.filter(action="node.breaker_opened").count() == 1
    assert connection.vendor == "postgresql"
