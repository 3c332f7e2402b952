"""When an endpoint is left alone, pages say so to those who can mend it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import EndpointHealth
from tests.alerts.channels.endpoints import make_webhook
from tests.alerts.scenes import make_user
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


def test_pages_of_supervisors_say_it_and_others_do_not(admin: User, health: EndpointHealth) -> None:
    for user, said in ((admin, True), (User.objects.get(username="viewer"), False)):
        client = Client()
        client.force_login(user)
        assert ("Alerts do not reach Desk" in client.get("/account/").content.decode()) is said
