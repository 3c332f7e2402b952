"""The page “How you are told”."""

from __future__ import annotations

import json
from unittest.mock import ANY

import pytest
from django.core.cache import cache
from django.test import Client

from alerts.models import PushSubscription
from events.live import LiveMessage, user_group
from tests.alerts.channels.test_web_push import Browser
from tests.alerts.scenes import make_user
from tests.alerts.smtp_sink import Sink
from tests.outbound.receiver import Receiver
from vms.accounts.models import User

pytestmark = pytest.mark.django_db

AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def user() -> User:
    cache.clear()
    return make_user()


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_browser_is_added_listed_and_removed(client: Client) -> None:
    document = json.dumps(Browser("https://push.example/very-secret").document)
    added = client.post("/alerts/browser/push", document, content_type="application/json", headers=AGENT)
    assert added.status_code == 201
    page = client.get("/alerts/browser/").content.decode()
    assert "Firefox on Linux" in page
    assert "very-secret" not in page
    client.post(f"/alerts/browser/push/{added.json()['id']}/remove")
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("body", ["", "nothing", "[" * 7_000, "x" * 9_000])
def test_a_body_that_is_none_is_refused(client: Client, body: str) -> None:
    assert client.post("/alerts/browser/push", body, content_type="application/json").status_code == 422


def test_a_push_from_a_strangers_page_is_refused(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post("/alerts/browser/push", "{}", content_type="application/json").status_code == 403


def test_the_service_worker_is_served_at_the_root() -> None:
    answer = Client().get("/push-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"showNotification" in answer.content


def test_a_test_mail_comes_and_its_answer_is_shown(client: Client, sink: Sink) -> None:
    page = client.post("/alerts/browser/test/email").content.decode()
    assert "Taken by the mail server for olga@example.org." in page
    (message,) = sink.messages
    assert "Test message" in message["Subject"]


def test_a_refused_test_mail_says_why(client: Client, sink: Sink) -> None:
    sink.answers = ["550 No such mailbox"]
    assert "550: No such mailbox" in client.post("/alerts/browser/test/email").content.decode()


def test_a_test_push_goes_to_the_browsers(client: Client, user: User, receiver: Receiver) -> None:
    browser = Browser(receiver.url)
    client.post("/alerts/browser/push", json.dumps(browser.document), content_type="application/json")
    assert "1 of 1 browsers" in client.post("/alerts/browser/test/web_push").content.decode()
    assert "test" in browser.read(receiver.received[0])["body"]


def test_a_test_in_the_app_is_pushed_to_the_users_pages(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed: list[tuple[str, LiveMessage]] = []
    monkeypatch.setattr("alerts.channels.in_app.push", lambda group, message: pushed.append((group, message)))
    client.post("/alerts/browser/test/in_app", headers={"HX-Request": "true"})
    assert pushed == [(user_group(user.id), ANY)]
    assert pushed[0][1]["data"]["message"] == "This is a test of VMS. Nothing has happened."


@pytest.mark.parametrize("channel", ["webhook", "nothing"])
def test_there_are_no_tests_of_other_channels_here(client: Client, channel: str) -> None:
    assert client.post(f"/alerts/browser/test/{channel}").status_code == 404
