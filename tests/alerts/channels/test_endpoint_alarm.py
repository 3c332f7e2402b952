"""When an endpoint is left alone, those who can mend it hear of it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from alerts.endpoint_alarm import endpoints_alarm
from alerts.models import EndpointHealth
from tests.alerts.channels.endpoints import make_webhook
from tests.alerts.scenes import make_user
from tests.alerts.smtp_sink import Sink
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    make_user("viewer")
    return make_user("root", role=Role.ADMIN)


@pytest.fixture
def health() -> EndpointHealth:
    now = timezone.now()
    endpoint = make_webhook("https://hooks.example/very-secret", name="Desk\r\nBcc: spy@example.org")
    return EndpointHealth.objects.create(
        endpoint=endpoint, failures_in_row=5, times_opened=1, opened_at=now, probe_at=now, answer="Answered 500."
    )


def test_admins_get_one_mail(admin: User, health: EndpointHealth, sink: Sink) -> None:
    assert (endpoints_alarm(), endpoints_alarm()) == (1, 0)
    (message,) = sink.messages
    assert sink.recipients == [["root@example.org"]]
    assert message["Bcc"] is None
    text = message.get_content()
    assert "Answered 500." in text
    assert "very-secret" not in text


def test_a_mail_that_was_not_taken_is_sent_again(admin: User, health: EndpointHealth, sink: Sink) -> None:
    sink.answers = ["451 Come back later"]
    assert (endpoints_alarm(), endpoints_alarm()) == (0, 1)
    assert len(sink.messages) == 1


def test_pages_of_supervisors_say_it_and_others_do_not(admin: User, health: EndpointHealth) -> None:
    for user, said in ((admin, True), (User.objects.get(username="viewer"), False)):
        client = Client()
        client.force_login(user)
        assert ("Alerts do not reach Desk" in client.get("/account/").content.decode()) is said
