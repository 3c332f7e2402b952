"""Whose page is in which language."""

from __future__ import annotations

import pytest
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
