"""Signed requests to a real web process: who is not a node gets an answer before a byte of its body is taken."""

from __future__ import annotations

import json
import secrets

import pytest

from tests.cameras.uploading import Site, answer_to, head, wait_for_no_files
from tests.workers.api.signing import PREFIX, NodeCaller
from tests.workers.leased import make_node
from workers.models import WorkerNode

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PATH = "events/6f1c2d3e-0000-4000-8000-000000000000/clip"
LARGE = "Content-Length: 2000000000"


@pytest.fixture
def node(site: Site) -> WorkerNode:
    return make_node()


def ask(site: Site, headers: dict[str, str], *more: str, body: bytes = b"") -> tuple[int, str]:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    with site.server.connect() as connection:
        connection.sendall(head("PUT", PREFIX + PATH, *lines, "Connection: close", *more) + body)
        status, _, answer = answer_to(connection)
    return status, json.loads(answer)["message"]


def test_a_large_body_without_a_signature_is_refused_before_it_comes(site: Site, node: WorkerNode) -> None:
    assert ask(site, {}, LARGE) == (401, "The request is not signed.")
    assert wait_for_no_files() == []


def test_a_large_body_under_a_signature_of_another_token_is_refused_before_it_comes(
    site: Site, node: WorkerNode
) -> None:
    headers = NodeCaller(token=secrets.token_urlsafe(32)).headers("PUT", PATH, b"clip")
    assert ask(site, headers, LARGE)[0] == 401
    assert wait_for_no_files() == []


def test_a_body_of_unannounced_length_needs_a_signature_too(site: Site, node: WorkerNode) -> None:
    assert ask(site, {}, "Transfer-Encoding: chunked", body=b"4\r\nclip\r\n")[0] == 401
    assert wait_for_no_files() == []


def test_a_disabled_node_is_refused_before_its_body_comes(site: Site, node: WorkerNode) -> None:
    WorkerNode.objects.filter(id=node.id).update(enabled=False)
    headers = NodeCaller().headers("PUT", PATH, b"clip")
    assert ask(site, headers, LARGE) == (403, "This node is disabled.")


def test_headers_that_were_heard_on_the_way_serve_nobody_a_second_time(site: Site, node: WorkerNode) -> None:
    headers = NodeCaller().headers("PUT", PATH, b"clip")
    ask(site, headers, "Content-Length: 4", body=b"clip")
    assert ask(site, headers, LARGE) == (401, "This request was made before.")


def test_a_body_that_is_not_the_signed_one_is_refused_by_who_reads_it(site: Site, node: WorkerNode) -> None:
    headers = NodeCaller().headers("POST", "node/heartbeat", b"{}")
    lines = [f"{name}: {value}" for name, value in headers.items()]
    with site.server.connect() as connection:
        ends = ("Connection: close", "Content-Length: 2")
        connection.sendall(head("POST", PREFIX + "node/heartbeat", *lines, *ends) + b"[]")
        status, _, answer = answer_to(connection)
    assert (status, json.loads(answer)["message"]) == (401, "The request's body is not the one that was signed.")
