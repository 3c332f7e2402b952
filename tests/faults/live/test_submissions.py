"""What a host sent is sent once more, as it was or newly signed, twice and in any order: nothing is there twice."""

from __future__ import annotations

import json
import random
import time
import uuid
from pathlib import Path

import pytest

from tests.faults.live.fleet import NODES, Fleet
from tests.faults.live.judging import Judge, cameras_of, tell
from tests.faults.live.looked_at import frames
from tests.faults.live.taped import TapedRequest, events_of, taped_requests
from workers.runtime.client import PlatformClient
from workers.runtime.settings import NodeSettings

pytestmark = [pytest.mark.faults, pytest.mark.thorough]

SEED = 7
ALREADY_SEEN = 401
REPLAYED = 'vms_node_requests_refused_total{code="replayed"}'
KNOWN = 'vms_node_events_total{outcome="known"}'


def rows(fleet: Fleet) -> list[tuple[object, ...]]:
    """All that is known of the events, but for files."""
    return fleet.sql(
        "SELECT id, started_at, ended_at, lease_epoch FROM events_event"
        " WHERE received_at < now() - interval '10 seconds' AND stream_id IS NOT NULL ORDER BY id"
    )


def test_duplicate_and_shuffled_submissions_change_nothing(fleet: Fleet, judge: Judge) -> None:
    began_at, usual = time.time(), frames(fleet)
    node = max(NODES, key=lambda name: len(cameras_of(fleet, name)))
    requests = taped(fleet, judge, node)
    before = {row[0]: row for row in rows(fleet)}
    replayed, known = fleet.metric(REPLAYED), fleet.metric(KNOWN)
    assert [request.send_again(int(fleet.environment["VMS_PORT"])) for request in requests] == [
        ALREADY_SEEN for _ in requests
    ]
    messages = [message for request in requests for message in events_of(request)]
    statuses = sent_in_any_order(fleet, node, messages)
    tell(f"{len(requests)} requests and {len(messages)} messages were sent again; answers: {statuses}")
    assert set(statuses) == {200}
    assert fleet.metric(REPLAYED) == replayed + len(requests)
    assert fleet.metric(KNOWN) >= known + 3 * len(messages)
    judge.passes_more()
    judge.asserts_not_slower(fleet.holders(), usual)
    assert {row[0]: row for row in rows(fleet) if row[0] in before} == before
    judge.asserts_exactly_once(began_at)


def taped(fleet: Fleet, judge: Judge, node: str) -> list[TapedRequest]:
    """What the host sent of events in a few periods."""
    proxy = fleet.proxies[node]
    proxy.is_taping = True
    judge.passes_more(2)
    proxy.is_taping = False
    time.sleep(10)
    requests = [request for request in taped_requests(proxy.tapes) if events_of(request)]
    assert len(requests) > 5
    return requests


def sent_in_any_order(fleet: Fleet, node: str, messages: list[dict[str, object]]) -> list[int]:
    """Each three times, ends before their starts, in batches of another size, newly signed."""
    client = PlatformClient(
        NodeSettings(
            name=node,
            token=NODES[node],
            internal_url=fleet.environment["VMS_INTERNAL_URL"],
            redis_url="",
            models_dir=Path(),
            spool_dir=Path(),
            hostname=str(uuid.uuid4()),
        )
    )
    shuffled = [json.dumps(message) for message in messages * 3]
    random.Random(SEED).shuffle(shuffled)
    answers = [client.events(batch) for batch in chunks(shuffled)]
    return sorted({receipt.status for answer in answers for receipt in answer.receipts})


def chunks(payloads: list[str]) -> list[list[str]]:
    return [payloads[start : start + 7] for start in range(0, len(payloads), 7)]
