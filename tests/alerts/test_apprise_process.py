"""The process in which Apprise sends."""

from __future__ import annotations

import pytest

from alerts.apprise_exchange import AppriseAnswer, AppriseRequest
from alerts.apprise_process import REFUSED
from tests.outbound.receiver import answer, running_receiver
from vms.children import child_asked

pytestmark = pytest.mark.slow


def ask(url: str, *networks: str) -> AppriseAnswer:
    request = AppriseRequest(url=url, title="A title", body="Some words", severity="high", networks=networks)
    result = child_asked("alerts.apprise_process", request, AppriseAnswer, seconds=120)
    assert result.answer is not None
    return result.answer


def test_a_service_gets_the_message() -> None:
    with running_receiver() as receiver:
        sent = ask(f"json://127.0.0.1:{receiver.port}/hook", "127.0.0.1/32")
    assert sent.sent
    assert b"Some words" in receiver.received[0].body


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:{port}/x",
        "json://2130706433:{port}/x",
        "xml://localhost:{port}/x",
        "form://[::ffff:127.0.0.1]:{port}/x",
        "mqtt://127.0.0.1:{port}/topic",
        "mailto://user:word@127.0.0.1:{port}?to=someone@example.org",
        "syslog://",
    ],
)
def test_nothing_connects_past_the_guard(url: str) -> None:
    with running_receiver() as trap:
        refused = ask(url.format(port=trap.port))
    assert not refused.sent
    assert trap.received == []


def test_an_address_is_one_service_and_no_list_of_them() -> None:
    with running_receiver() as receiver, running_receiver("127.0.0.2") as trap:
        first, second = (
            f"json://{host}:{there.port}/x" for host, there in (("127.0.0.1", receiver), ("127.0.0.2", trap))
        )
        ask(f"{first}, {second}", "127.0.0.0/8")
    assert trap.received == []


def test_a_redirect_leads_nowhere() -> None:
    with running_receiver() as receiver, running_receiver("127.0.0.2") as trap:
        receiver.always = answer(307, Location=trap.url)
        ask(f"json://127.0.0.1:{receiver.port}/x", "127.0.0.1/32")
    assert (len(receiver.received), trap.received) == (1, [])


def test_a_refusal_is_told_without_the_address() -> None:
    with running_receiver() as receiver:
        receiver.always = answer(403)
        refused = ask(f"json://127.0.0.1:{receiver.port}/very-secret-token", "127.0.0.1/32")
    assert not refused.sent
    assert "403" in refused.sentence
    assert "very-secret-token" not in refused.sentence


def test_a_forbidden_network_is_named_as_such() -> None:
    assert ask("json://10.0.0.1/x") == AppriseAnswer(sent=False, forbidden=True, sentence=REFUSED)
