"""The second factor: asked for on every way in, counted, reset, and demanded of a role."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.test import APIClient

from tests.pages.rows import user_make
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.accounts.services.factors import factor_begin, factor_confirm, role_factor_set

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-1"


@pytest.fixture
def guard() -> User:
    return user_make("guard")


@pytest.fixture
def codes(guard: User) -> list[str]:
    """The guard has a second factor; these are the recovery codes."""
    return set_up(guard)


def set_up(person: User) -> list[str]:
    device = factor_begin(user=person)
    _device, codes = factor_confirm(user=person, code=code_of(device), keep=None)
    return codes


def code_of(device: TOTPDevice, *, later: int = 0) -> str:
    """A code that was not used before."""
    return f"{totp(device.bin_key, drift=later):06d}"


def next_code(person: User) -> str:
    device = TOTPDevice.objects.get(user=person)
    return code_of(device, later=device.drift + 1)  # the device learns how far the last code's clock was off


def password_given(name: str = "guard", path: str = "/login/") -> tuple[Client, Any]:
    client = Client()
    return client, client.post(path, {"username": name, "password": PASSWORD})


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def token(**more: str) -> Any:
    values = {"username": "guard", "password": PASSWORD, **more}
    return APIClient().post("/api/v1/token", values, format="json")


def test_it_is_set_up_with_the_code_that_the_page_shows_a_key_for(guard: User) -> None:
    client, _ = password_given()
    other, _ = password_given()
    page = client.get("/account/second-factor/").content.decode()
    assert "<svg" in page
    device = TOTPDevice.objects.get(user=guard)
    page = client.post("/account/second-factor/", {"do": "confirm", "code": code_of(device)}).content.decode()
    assert len(re.findall(r"<li><code>\w{5}-\w{5}</code>", page)) == 10
    assert (is_signed_in(client), is_signed_in(other)) == (True, False)


def test_a_wrong_code_sets_nothing_up(guard: User) -> None:
    client, _ = password_given()
    client.get("/account/second-factor/")
    assert client.post("/account/second-factor/", {"do": "confirm", "code": "000000"}).status_code == 422
    assert not TOTPDevice.objects.filter(confirmed=True).exists()


def test_the_password_alone_signs_nobody_in(codes: list[str]) -> None:
    client, answer = password_given()
    assert answer["Location"].startswith("/login/code/")
    assert not is_signed_in(client)


def test_password_and_code_sign_in_and_lead_on(guard: User, codes: list[str]) -> None:
    client, answer = password_given(path="/login/?next=/events/")
    answer = client.post(answer["Location"], {"code": next_code(guard), "next": "/events/"})
    assert answer["Location"] == "/events/"
    assert is_signed_in(client)


def test_a_code_works_once(guard: User, codes: list[str]) -> None:
    code = next_code(guard)
    for expected in (True, False):
        client, _ = password_given()
        client.post("/login/code/", {"code": code})
        assert is_signed_in(client) is expected


def test_a_recovery_code_works_once_and_is_not_stored_in_clear(guard: User, codes: list[str]) -> None:
    stored = set(StaticToken.objects.filter(device__user=guard).values_list("token", flat=True))
    assert not stored & {code.replace("-", "") for code in codes}
    for expected in (True, False):
        client, _ = password_given()
        client.post("/login/code/", {"code": codes[0].upper()})
        assert is_signed_in(client) is expected


def test_the_step_leads_to_no_other_site(guard: User, codes: list[str]) -> None:
    client, _ = password_given()
    answer = client.post("/login/code/", {"code": next_code(guard), "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_without_a_password_there_is_no_second_step(codes: list[str]) -> None:
    assert Client().get("/login/code/")["Location"].startswith("/login/")


def test_a_password_changed_meanwhile_ends_the_second_step(guard: User, codes: list[str]) -> None:
    client, _ = password_given()
    guard.set_password("another-word-2")
    guard.save()
    client.post("/login/code/", {"code": next_code(guard)})
    assert not is_signed_in(client)


def test_wrong_codes_lock_as_wrong_passwords_do(guard: User, codes: list[str]) -> None:
    client, _ = password_given()
    answers = [client.post("/login/code/", {"code": "000000"}).status_code for _ in range(10)]
    assert answers == [422] * 9 + [429]
    client.post("/login/code/", {"code": codes[0]})
    assert not is_signed_in(client)
    assert password_given()[1].status_code == 429


def test_the_admin_site_has_no_way_in_without_the_code() -> None:
    admin = user_make("mara", role="admin")
    set_up(admin)
    client, answer = password_given("mara", "/admin/login/?next=/admin/")
    assert answer["Location"].startswith("/login/?next=")
    assert client.get("/admin/").status_code == 302


def test_scripts_need_the_code_as_well(guard: User, codes: list[str]) -> None:
    assert token().json()["code"] == "second_factor_needed"
    assert token(code="000000").status_code == 401
    assert token(code=codes[0]).status_code == 200


def test_wrong_codes_of_scripts_are_counted(codes: list[str]) -> None:
    for _ in range(10):
        token(code="000000")
    assert password_given()[1].status_code == 429


def test_tokens_got_by_the_password_alone_end_when_it_is_set_up(guard: User) -> None:
    refresh = token().json()["refresh"]
    set_up(guard)
    assert APIClient().post("/api/v1/token/refresh", {"refresh": refresh}, format="json").status_code == 401


@pytest.fixture
def demanded() -> None:
    role_factor_set(user=user_make("mara", role="admin"), required={Role.VIEWER})


def test_a_role_that_needs_it_reaches_only_the_page_that_sets_it_up(guard: User, demanded: None) -> None:
    client, _ = password_given()
    for path in ("/", "/events/", "/account/password/", "/users/"):
        assert client.get(path)["Location"] == "/account/second-factor/"
    assert client.get("/api/v1/cameras").status_code == 403
    client.get("/account/second-factor/")
    device = TOTPDevice.objects.get(user=guard)
    client.post("/account/second-factor/", {"do": "confirm", "code": code_of(device)})
    assert client.get("/events/").status_code == 200


def test_a_role_that_needs_it_gets_no_token_without(guard: User, demanded: None) -> None:
    assert token().status_code == 401


def test_a_token_got_before_the_role_needed_it_is_renewed_no_more(guard: User) -> None:
    refresh = token().json()["refresh"]
    role_factor_set(user=user_make("mara", role="admin"), required={Role.VIEWER})
    assert APIClient().post("/api/v1/token/refresh", {"refresh": refresh}, format="json").status_code == 401


def test_who_needs_it_cannot_take_it_away(guard: User, codes: list[str], demanded: None) -> None:
    client, _ = password_given()
    client.post("/login/code/", {"code": codes[0]})
    answer = client.post("/account/second-factor/", {"do": "remove", "code": codes[1]})
    assert answer.status_code == 403
    assert TOTPDevice.objects.filter(user=guard, confirmed=True).exists()


def test_it_is_taken_away_with_a_code_only(guard: User, codes: list[str]) -> None:
    client, _ = password_given()
    client.post("/login/code/", {"code": codes[0]})
    assert client.post("/account/second-factor/", {"do": "remove", "code": "222222"}).status_code == 422
    client.post("/account/second-factor/", {"do": "remove", "code": codes[1]})
    assert not TOTPDevice.objects.filter(user=guard).exists()


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(user_make("mara", role="admin"))
    return client


def test_an_admin_resets_it_and_the_person_is_signed_out(boss: Client, guard: User, codes: list[str]) -> None:
    browser, _ = password_given()
    browser.post("/login/code/", {"code": codes[0]})
    boss.post(f"/users/{guard.id}/second-factor/reset/")
    assert not is_signed_in(browser)
    assert is_signed_in(password_given()[0])


def test_who_lost_it_is_told_by_mail_in_their_language(boss: Client, guard: User, codes: list[str]) -> None:
    User.objects.filter(id=guard.id).update(language="de")
    page = boss.post(f"/users/{guard.id}/second-factor/reset/", follow=True).content.decode()
    (told,) = mail.outbox
    assert (told.to, told.subject) == (["guard@example.com"], "Ihr zweiter Faktor für VMS wurde zurückgesetzt")
    assert "mara hat den zweiten Faktor" in told.body and "/account/second-factor/" in told.body
    assert "A mail tells it to guard@example.com." in page


def test_that_the_mail_did_not_go_is_said_and_it_is_reset_all_the_same(
    boss: Client, guard: User, codes: list[str], settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = boss.post(f"/users/{guard.id}/second-factor/reset/", follow=True).content.decode()
    assert "The mail about it could not be sent to guard@example.com" in page
    assert is_signed_in(password_given()[0])


def test_the_page_asks_before_it_is_reset_and_the_deed_stands_there_afterwards(
    boss: Client, guard: User, codes: list[str]
) -> None:
    assert "Yes, reset it" in boss.get(f"/users/{guard.id}/").content.decode()
    page = boss.post(f"/users/{guard.id}/second-factor/reset/", follow=True).content.decode()
    assert "Second factor taken away" in page and "Yes, reset it" not in page


def test_an_admin_who_left_the_screen_open_loses_no_second_factor_by_the_page_of_users() -> None:
    mara = user_make("mara", role="admin")
    codes = set_up(mara)
    client, _ = password_given("mara")
    client.post("/login/code/", {"code": codes[0]})
    assert client.post(f"/users/{mara.id}/second-factor/reset/").status_code == 409
    assert TOTPDevice.objects.filter(user=mara, confirmed=True).exists()


def test_new_recovery_codes_end_the_old_ones(guard: User, codes: list[str]) -> None:
    client, _ = password_given()
    client.post("/login/code/", {"code": codes[0]})
    client.post("/account/second-factor/", {"do": "renew", "code": codes[1]})
    other, _ = password_given()
    other.post("/login/code/", {"code": codes[2]})
    assert not is_signed_in(other)
