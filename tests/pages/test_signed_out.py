"""A page that stays open after its user was signed out, or came to need a second factor."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.pages.rows import user_make
from vms.accounts.choices import Role
from vms.accounts.models import RoleSetting

pytestmark = pytest.mark.django_db


PARTS = ["/alerts/", "/wall/alerts", "/reports/runs", "/events/"]


@pytest.mark.parametrize("path", PARTS)
def test_a_part_of_it_is_told_so_and_never_becomes_the_sign_in_page(path: str) -> None:
    answer = Client().get(path, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 401
    assert '<p role="alert">You are signed out. Load the page again to sign in.</p>' in page
    assert "id_password" not in page


@pytest.mark.parametrize("path", PARTS)
def test_a_part_of_it_is_told_that_a_second_factor_is_needed_now(path: str) -> None:
    client = Client()
    client.force_login(user_make("vic"))
    RoleSetting.objects.create(role=Role.VIEWER, second_factor=True)
    answer = client.get(path, headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert '<p role="alert">Set up the second factor on your account page first.</p>' in answer.content.decode()
    opened = client.get(path)
    assert (opened.status_code, opened.headers["Location"]) == (302, "/account/second-factor/")


def test_whoever_opens_a_page_signs_in_first() -> None:
    answer = Client().get("/alerts/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=/alerts/")
