"""When the leader may blame nodes for their silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from workers.models import WorkerNode
from workers.services.orchestrating import Patience, nodes_heard_lately


@pytest.fixture
def patience(settings: Settings) -> Patience:
    settings.STREAM_LEASE_SECONDS = 8
    patience = Patience()
    patience._since = patience._turned_at = 100.0
    return patience


def turned_until(patience: Patience, start: int, end: int, *, heard: bool) -> None:
    for second in range(start, end):
        patience.is_over(second)
        patience.turned(second, heard=heard)


def test_silence_counts_after_a_lease_in_which_we_would_have_heard(patience: Patience) -> None:
    turned_until(patience, 100, 107, heard=True)
    assert not patience.is_over(107)
    turned_until(patience, 107, 108, heard=True)
    assert patience.is_over(108)


def test_where_nobody_is_heard_silence_counts_only_a_lease_after_the_first_sign(patience: Patience) -> None:
    turned_until(patience, 100, 110, heard=True)
    turned_until(patience, 110, 130, heard=False)
    turned_until(patience, 130, 137, heard=True)
    assert not patience.is_over(136.5)
    assert patience.is_over(137)


@pytest.mark.django_db
def test_a_node_was_heard_lately_if_it_was_within_half_a_lease(settings: Settings) -> None:
    settings.STREAM_LEASE_SECONDS = 8
    node = WorkerNode.objects.create(name="north", seen_at=timezone.now() - timedelta(seconds=5))
    assert not nodes_heard_lately()
    WorkerNode.objects.filter(id=node.id).update(seen_at=timezone.now() - timedelta(seconds=3))
    assert nodes_heard_lately()
