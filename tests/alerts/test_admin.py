"""The admin's lists cost the same however long they are, and open."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from alerts.models import Delivery
from alerts.services import alert_raise_for_event
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.org", "secret-word-1"))
    return client


@pytest.mark.parametrize("page", ["alert", "delivery", "alertpolicy"])
def test_lists_open_with_few_queries(
    admin: Client, page: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    camera, user = make_camera(), make_user()
    grant(user, camera)
    for number in range(5):
        make_policy(user, name=f"policy {number}")
    for number in range(4):
        alert_raise_for_event(event=make_event(camera, rule=f"Rule {number}"))
    with django_assert_max_num_queries(12):
        assert admin.get(f"/admin/alerts/{page}/?q=policy").status_code == 200


def test_a_delivery_shows_its_attempts(admin: Client) -> None:
    camera, user = make_camera(), make_user()
    grant(user, camera)
    make_policy(user)
    alert_raise_for_event(event=make_event(camera))
    delivery = Delivery.objects.filter(channel="email").get()
    delivery.history.create(milliseconds=12, succeeded=False, answer="451 Come back later")
    assert "451 Come back later" in admin.get(f"/admin/alerts/delivery/{delivery.id}/change/").content.decode()
