"""Whose page is in which language."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from vms.accounts.models import User

pytestmark = pytest.mark.django_db


def test_before_the_sign_in_pages_speak_the_language_of_the_browser(client: Client) -> None:
    page = client.get(reverse("login"), headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de"' in page.content.decode()
    assert page.headers["Content-Language"] == "de"


def test_a_browser_in_a_language_that_vms_lacks_gets_english(client: Client) -> None:
    assert '<html lang="en"' in client.get(reverse("login"), headers={"accept-language": "fi"}).content.decode()


def test_who_is_signed_in_gets_the_language_they_chose_whatever_the_browser_wants(client: Client) -> None:
    user = User.objects.create_user("guard", password="a long pass phrase", language="de")
    client.force_login(user)
    client.post(reverse("account"), {"language": "en"})
    page = client.get(reverse("account"), headers={"accept-language": "de"})
    assert '<html lang="en"' in page.content.decode()
    assert page.headers["Content-Language"] == "en"


def test_a_german_page_brings_the_words_of_scripts_and_an_english_one_needs_none(client: Client) -> None:
    address = reverse("words", args=["de"])
    for language, brings in (("de", True), ("en", False)):
        client.force_login(User.objects.create_user(language, language=language))
        assert (address in client.get(reverse("account")).content.decode()) is brings
    assert client.get(address).headers["Content-Type"].startswith("text/javascript")
    assert client.get(reverse("words", args=["fi"])).status_code == 404


@pytest.fixture
def newcomer() -> User:
    return User.objects.create_user("newcomer", password="a long pass phrase")


def sign_in(client: Client, language: str) -> User:
    values = {"username": "newcomer", "password": "a long pass phrase"}
    client.post(reverse("login"), values, headers={"accept-language": language})
    return User.objects.get(username="newcomer")


@pytest.mark.parametrize(("asked", "kept"), [("de-AT,de;q=0.9", "de"), ("fi", "en")])
def test_the_first_sign_in_keeps_the_language_of_its_page(
    client: Client, newcomer: User, asked: str, kept: str
) -> None:
    assert sign_in(client, asked).language == kept
    assert client.get(reverse("account")).headers["Content-Language"] == kept


def test_a_later_sign_in_with_another_browser_changes_no_language(client: Client, newcomer: User) -> None:
    sign_in(client, "de")
    assert sign_in(Client(), "en").language == "de"


def test_an_invitation_is_written_in_the_language_of_who_invites(client: Client) -> None:
    client.force_login(User.objects.create_superuser("mara", language="de"))
    values = {"username": "jonas", "email": "jonas@example.com", "role": "viewer", "way": "mail"}
    client.post(reverse("user_new"), values)
    assert mail.outbox[0].subject == "Ihr Konto für VMS"
