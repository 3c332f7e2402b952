"""What people set for themselves, and what they see of their own sign-ins."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.pages.rows import user_make
from vms.accounts.models import Session, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def guard() -> User:
    return user_make("guard")


def sign_in(agent: str = "Mozilla/5.0 (X11; Linux) Firefox/140") -> Client:
    client = Client(headers={"user-agent": agent})
    client.post("/login/", {"username": "guard", "password": "long-enough-1"})
    return client


@pytest.mark.parametrize(
    "path", ["/account/", "/account/password/", "/account/second-factor/", "/account/messages/", "/alerts/browser/"]
)
def test_all_settings_stand_in_one_layout(guard: User, path: str) -> None:
    page = sign_in().get(path).content.decode()
    assert 'aria-label="My settings"' in page


def test_the_theme_comes_with_the_page_from_the_server(guard: User) -> None:
    client = sign_in()
    assert client.post("/account/theme/", {"theme": "dark"}).status_code == 204
    assert ' data-theme="dark"' in client.get("/events/").content.decode().partition("<head>")[0]


def test_there_are_only_three_themes(guard: User) -> None:
    assert sign_in().post("/account/theme/", {"theme": "pink"}).status_code == 422


def test_a_person_sees_their_browsers_and_signs_another_out(guard: User) -> None:
    here, there = sign_in(), sign_in("Mozilla/5.0 (iPhone) Safari/600")
    page = here.get("/account/sign-ins/").content.decode()
    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    handle = Session.objects.get(session_key=there.session.session_key).handle
    here.post(f"/account/sign-ins/{handle}/end/")
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)


def test_nobody_ends_the_session_of_somebody_else_with_its_handle(guard: User) -> None:
    other = Client()
    other.force_login(user_make("other"))
    handle = Session.objects.get(session_key=other.session.session_key).handle
    assert sign_in().post(f"/account/sign-ins/{handle}/end/").status_code == 404
    assert other.get("/").status_code == 200


def test_a_token_for_a_script_is_shown_once_and_works(guard: User) -> None:
    client = sign_in()
    page = client.post("/account/tokens/").content.decode()
    token = re.search(r'readonly value="([\w.-]+)"', page)
    assert token
    assert token[1] not in client.get("/account/sign-ins/").content.decode()
    answer = APIClient().post("/api/v1/token/refresh", {"refresh": token[1]}, format="json")
    assert answer.status_code == 200


def test_a_session_says_when_it_was_used_last(guard: User) -> None:
    client = sign_in()
    session = client.session
    session["seen"] = session["seen"] | {"at": "2020-01-01T00:00:00+00:00"}
    session.save()
    client.get("/")
    assert client.session["seen"]["at"] > "2021"
