"""Tokens of scripts: what ends them, and what is counted against whom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from tests.pages.rows import user_make

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-1"


def token(client: APIClient, name: str, password: str = PASSWORD) -> Any:
    return client.post("/api/v1/token", {"username": name, "password": password}, format="json")


def me(access: str) -> int:
    return APIClient().get("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {access}").status_code


def test_a_new_password_ends_the_tokens_that_the_old_one_got() -> None:
    user = user_make("script")
    got = token(APIClient(), "script").json()
    assert me(got["access"]) == 200
    user.set_password("another-word-2")
    user.save()
    refreshed = APIClient().post("/api/v1/token/refresh", {"refresh": got["refresh"]}, format="json")
    assert (me(got["access"]), me(refreshed.json().get("access", "-"))) == (401, 401)


def test_tokens_of_an_account_switched_off_or_deleted_hold_no_more() -> None:
    user = user_make("script")
    got = token(APIClient(), "script").json()
    user.is_active = False
    user.save()
    refresh = {"refresh": got["refresh"]}
    assert me(got["access"]) == 401
    assert APIClient().post("/api/v1/token/refresh", refresh, format="json").status_code == 401
    user.delete()
    assert APIClient().post("/api/v1/token/refresh", refresh, format="json").status_code == 401


def test_a_user_name_longer_than_any_is_refused() -> None:
    assert token(APIClient(), "x" * 1000).status_code == 400


def test_a_forged_forwarding_header_does_not_change_whose_requests_are_counted() -> None:
    request = APIRequestFactory().get("/", headers={"X-Forwarded-For": "192.0.2.7"})
    assert AnonRateThrottle().get_ident(APIView().initialize_request(request)) == "127.0.0.1"


@pytest.mark.django_db(transaction=True)
def test_a_refresh_token_that_is_sent_several_times_at_the_same_moment_gets_new_ones_once() -> None:
    user_make("script")
    refresh = token(APIClient(), "script").json()["refresh"]
    together = Barrier(4)

    def trade(_: int) -> int:
        try:
            connection.ensure_connection()
            together.wait(timeout=60)
            return int(APIClient().post("/api/v1/token/refresh", {"refresh": refresh}, format="json").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(trade, range(4))) == [200, 401, 401, 401]
