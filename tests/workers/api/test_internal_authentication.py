"""Who may speak on the internal API: a known, enabled node, with its own token, now, and each request once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from prometheus_client import REGISTRY
from pytest_django import Settings

from tests.workers.api.signing import PREFIX, NodeCaller
from tests.workers.leased import boot_id, make_node
from workers.api.internal import authentication
from workers.models import WorkerNode
from workers.runtime.contract import SIGNATURE_HEADER, Heartbeat

pytestmark = pytest.mark.django_db
PATH = "node/heartbeat"


def refused(code: str) -> float:
    return REGISTRY.get_sample_value("vms_node_requests_refused_total", {"code": code}) or 0


@pytest.fixture
def node() -> WorkerNode:
    return make_node()


@pytest.fixture
def body(node: WorkerNode) -> bytes:
    return Heartbeat(boot_id=boot_id(node), outbox_waiting=1, outbox_lost=2).model_dump_json().encode()


def test_a_signed_request_is_answered(node: WorkerNode, body: bytes) -> None:
    assert NodeCaller().post(PATH, body).status_code == 204
    node.refresh_from_db()
    assert (node.outbox_waiting, node.outbox_lost) == (1, 2)


def test_an_unsigned_request_is_refused(body: bytes) -> None:
    response = Client().post(PREFIX + PATH, body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


def test_an_unknown_node_is_refused_like_a_wrong_token(body: bytes) -> None:
    unknown, wrong = NodeCaller(name="west").post(PATH, body), NodeCaller(token="x" * 40).post(PATH, body)
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json() == wrong.json()


def test_a_disabled_node_is_forbidden(node: WorkerNode, body: bytes) -> None:
    WorkerNode.objects.filter(id=node.id).update(enabled=False)
    assert NodeCaller().post(PATH, body).status_code == 403


def test_a_request_is_taken_once(body: bytes) -> None:
    caller = NodeCaller()
    headers = caller.headers("POST", PATH, body)
    before = refused("replayed")
    assert [caller.call("POST", PATH, body, headers).status_code for _ in range(2)] == [204, 401]
    assert refused("replayed") == before + 1


@pytest.mark.parametrize("seconds", [-400, 400])
def test_a_clock_that_is_far_off_is_refused(body: bytes, seconds: int) -> None:
    caller = NodeCaller()
    headers = caller.headers("POST", PATH, body, timestamp=str(int(time.time()) + seconds))
    response = caller.call("POST", PATH, body, headers)
    assert response.status_code == 401
    assert "clock" in response.json()["message"]
    # The node then signs with this time, anew: what it has sent already stays refused.
    assert response.json()["code"] == "clock_skew"
    assert abs(response.json()["clock_ms"] - time.time() * 1000) < 60_000


def test_a_signature_holds_for_its_own_path_method_and_body_only(body: bytes) -> None:
    caller = NodeCaller()
    other_path = caller.headers("POST", "node/register", body)
    other_method = caller.headers("PUT", PATH, body)
    other_body = caller.headers("POST", PATH, body + b" ")
    for headers in (other_path, other_method, other_body):
        assert caller.call("POST", PATH, body, headers).status_code == 401


@pytest.mark.parametrize("signature", ["", "0" * 64, "é"])
def test_a_signature_that_is_none_is_refused(body: bytes, signature: str) -> None:
    caller = NodeCaller()
    headers = caller.headers("POST", PATH, body) | {SIGNATURE_HEADER: signature}
    assert caller.call("POST", PATH, body, headers).status_code == 401


def test_a_token_that_cannot_be_read_is_a_wrong_token(node: WorkerNode, body: bytes) -> None:
    other_key = b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".decode()
    WorkerNode.objects.filter(id=node.id).update(sealed_token=other_key)
    assert NodeCaller().post(PATH, body).status_code == 401


@pytest.fixture
def no_redis(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    authentication._nonces.cache_clear()
    yield
    authentication._nonces.cache_clear()


def test_without_redis_nothing_is_believed(no_redis: None, body: bytes) -> None:
    response = NodeCaller().post(PATH, body)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


def test_a_replaced_process_is_told_so(node: WorkerNode) -> None:
    stale = Heartbeat(boot_id=uuid.uuid4(), outbox_waiting=0, outbox_lost=0)
    response = NodeCaller().post(PATH, stale)
    assert (response.status_code, response.json()["code"]) == (409, "superseded")


def test_a_body_that_makes_no_sense_is_answered_with_a_sentence(node: WorkerNode) -> None:
    response = NodeCaller().post(PATH, b'{"boot_id": 7}')
    assert response.status_code == 422
    assert response.json()["message"].startswith("boot_id: ")
