"""What nodes measure: kept in Valkey, found by placement, gone without harm."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from django.conf import settings as active_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from tests.workers.leased import boot, boot_id, make_node
from workers.models import WorkerNode
from workers.runtime.contract import Heartbeat, NodeLoad
from workers.selectors import AvailableNode, nodes_available
from workers.services import coordination
from workers.services.coordination import loads_of
from workers.services.nodes import node_heartbeat, node_seen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def prefix(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Tests at the same time share one Valkey, and their nodes have the same numbers."""
    own = f"vms-coordination-{uuid.uuid4()}"
    monkeypatch.setattr(coordination, "PREFIX", own)
    yield own
    emptied(own)


def valkey() -> redis.Redis:
    return redis.Redis.from_url(active_settings.REDIS_URL)


def emptied(prefix: str) -> None:
    with valkey() as client:
        for key in list(client.scan_iter(f"{prefix}:*")):
            client.delete(key)


def beat(node: WorkerNode, rate: float | None = 40.4, *, streams: int = 0) -> None:
    load = NodeLoad(inferences_per_second=rate, busy=0.5, streams=streams)
    node_heartbeat(node=node, heartbeat=Heartbeat(boot_id=boot_id(node), outbox_waiting=3, outbox_lost=1, load=load))


def names() -> list[str]:
    return [available.node.name for available in nodes_available()]


def test_placement_counts_on_what_was_measured_last() -> None:
    node = make_node()
    beat(node, 20)
    beat(node, 40.4)
    assert nodes_available() == [AvailableNode(node, 40.4)]


def test_without_valkey_a_node_stays_as_strong_as_it_was_known_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    node = make_node()
    beat(node, 40.4)
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    monkeypatch.setattr(coordination, "_client", lambda: nowhere)
    beat(node, 40.4)
    assert nodes_available() == [AvailableNode(node, 40.0)]


def test_an_emptied_valkey_is_filled_by_the_next_heartbeat(prefix: str) -> None:
    node = make_node()
    beat(node)
    emptied(prefix)
    assert loads_of([node]) == {}
    beat(node)
    assert loads_of([node])[node.id].load.inferences_per_second == 40.4


def test_what_a_node_measured_is_forgotten_when_it_falls_silent(settings: Settings, prefix: str) -> None:
    node = make_node()
    beat(node)
    with valkey() as client:
        seconds = client.ttl(f"{prefix}:load:{node.id}")
    assert 0 < seconds <= 4 * settings.NODE_HEARTBEAT_SECONDS


def test_what_an_earlier_process_measured_counts_no_more() -> None:
    node = make_node()
    beat(node)
    assert loads_of([boot(node)]) == {}


def test_what_another_version_wrote_is_passed_over(prefix: str) -> None:
    node = make_node()
    with valkey() as client:
        client.set(f"{prefix}:load:{node.id}", b'{"load": 3}', ex=5)
    assert loads_of([node]) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"enabled": False},
        {"draining": True},
        {"boot_id": None},
        {"seen_at": None},
        {"seen_at": timezone.now() - timedelta(days=1)},
        {"breaker_until": timezone.now() + timedelta(days=1), "breaker_opened_at": timezone.now()},
    ],
    ids=["switched off", "draining", "never started", "never heard", "silent", "taken out"],
)
def test_a_node_that_may_not_get_work_is_not_available(change: dict[str, object]) -> None:
    WorkerNode.objects.filter(id=make_node("north").id).update(**change)
    make_node("south")
    assert names() == ["south"]


def test_a_node_whose_pause_is_over_is_on_probation() -> None:
    node, past = make_node(), timezone.now() - timedelta(seconds=1)
    WorkerNode.objects.filter(id=node.id).update(breaker_opened_at=past, breaker_until=past)
    assert [available.probation for available in nodes_available()] == [True]


def test_where_all_nodes_were_taken_out_they_are_on_probation_at_once() -> None:
    now = timezone.now()
    for name in ("north", "south"):
        make_node(name)
    WorkerNode.objects.update(breaker_opened_at=now, breaker_until=now + timedelta(days=1))
    assert [available.probation for available in nodes_available()] == [True, True]


def test_a_heartbeat_with_streams_closes_the_breaker_after_a_calm_minute() -> None:
    node, past = make_node(), timezone.now() - timedelta(seconds=61)
    WorkerNode.objects.filter(id=node.id).update(
        breaker_opened_at=past - timedelta(seconds=30), breaker_until=past, failed_at=past, failures=3
    )
    node.refresh_from_db()
    beat(node)
    assert nodes_available()[0].probation
    beat(node, streams=1)
    assert not nodes_available()[0].probation


@pytest.mark.parametrize(("seconds", "expected"), [(1.0, 1), (0.9, 0)])
def test_signs_of_life_are_written_at_most_once_a_second(
    monkeypatch: pytest.MonkeyPatch, seconds: float, expected: int
) -> None:
    node, now = make_node(), timezone.now()
    WorkerNode.objects.filter(id=node.id).update(seen_at=now - timedelta(seconds=seconds))
    node.refresh_from_db()
    monkeypatch.setattr(timezone, "now", lambda: now)
    with CaptureQueriesContext(connection) as queries:
        node_seen(node=node, boot_id=boot_id(node))
    assert len(queries) == expected
    node.refresh_from_db()
    assert (node.seen_at == now) == bool(expected)


def test_a_sign_of_life_of_an_earlier_process_is_none() -> None:
    node = make_node()
    WorkerNode.objects.filter(id=node.id).update(seen_at=None)
    node.refresh_from_db()
    node_seen(node=node, boot_id=uuid.uuid4())
    node.refresh_from_db()
    assert node.seen_at is None
