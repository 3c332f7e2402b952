"""Making, inviting, changing and switching off users, on the pages that admins use."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from tests.pages.rows import camera_make, user_make
from vms.accounts.models import Session, User
from vms.accounts.services.inviting import invitation_tokens
from vms.accounts.services.people import UserChange, user_update
from vms.audit.models import AuditEntry
from vms.errors import ConflictError

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-1"


@pytest.fixture
def admin() -> User:
    return user_make("mara", role="admin")


@pytest.fixture
def boss(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def add(boss: Client, **more: str) -> Any:
    values = {"username": "jonas", "email": "jonas@example.com", "role": "viewer", "way": "mail", **more}
    return boss.post("/users/new/", values, follow=True)


def link_of(text: str) -> str:
    found = re.search(r"http://[^/]+(/invitation/\S+/)", text)
    assert found
    return found[1]


def sign_in(name: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/login/", {"username": name, "password": password})
    return client


def choose_password(link: str, password: str = "a-night-in-the-harbour") -> Any:
    client = Client()
    page = client.get(link, follow=True)
    form = {"new_password1": password, "new_password2": password}
    return client.post(page.request["PATH_INFO"], form, follow=True)


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


@pytest.mark.parametrize("path", ["/users/", "/users/new/", "/users/access/"])
def test_users_are_the_admins_business(path: str) -> None:
    client = Client()
    client.force_login(user_make("guard", role="supervisor"))
    assert client.get(path).status_code == 403


def test_another_user_is_not_there_for_who_is_no_admin() -> None:
    client = Client()
    client.force_login(user_make("guard"))
    assert client.get(f"/users/{user_make('other').id}/").status_code == 404


def test_an_invited_person_chooses_a_password_and_signs_in(boss: Client) -> None:
    add(boss)
    answer = choose_password(link_of(str(mail.outbox[0].body)))
    assert "Sign in with it" in answer.content.decode()
    assert is_signed_in(sign_in("jonas", "a-night-in-the-harbour"))


def test_an_account_tells_in_words_what_was_done_with_it(boss: Client) -> None:
    add(boss)
    page = boss.get(f"/users/{User.objects.get(username='jonas').id}/").content.decode()
    assert "Account made" in page and "Link to choose a password sent" in page
    assert "user.created" not in page


def test_an_invitation_works_once(boss: Client) -> None:
    add(boss)
    link = link_of(str(mail.outbox[0].body))
    choose_password(link)
    assert "does not hold any more" in Client().get(link, follow=True).content.decode()


def test_a_newer_invitation_ends_the_older_one(boss: Client) -> None:
    add(boss)
    person = User.objects.get(username="jonas")
    boss.post(f"/users/{person.id}/link/")
    old, new = (link_of(str(message.body)) for message in mail.outbox)
    assert "does not hold any more" in Client().get(old, follow=True).content.decode()
    assert "Choose your password" in Client().get(new, follow=True).content.decode()


def test_an_invitation_ends_after_three_days(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    add(boss)
    link = link_of(str(mail.outbox[0].body))
    late = timezone.now().replace(tzinfo=None) + timedelta(days=4)
    monkeypatch.setattr(invitation_tokens, "_now", lambda: late)
    assert "does not hold any more" in Client().get(link, follow=True).content.decode()


def test_a_link_is_shown_where_no_mail_goes(boss: Client) -> None:
    person = User.objects.create_user("old", password=None)
    page = boss.post(f"/users/{person.id}/link/", {"show": ""}).content.decode()
    choose_password(link_of(page))
    assert is_signed_in(sign_in("old", "a-night-in-the-harbour"))


def test_a_mail_that_is_refused_is_told_and_the_user_is_kept(boss: Client, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 2
    page = add(boss).content.decode()
    assert "could not be sent to jonas@example.com" in page
    assert User.objects.filter(username="jonas").exists()


def test_a_weak_password_is_refused_beside_its_field(boss: Client) -> None:
    page = add(boss, way="password", password="1234567890")
    assert page.status_code == 422
    assert not User.objects.filter(username="jonas").exists()


def test_a_taken_name_is_refused_beside_its_field(boss: Client) -> None:
    assert "already exists" in add(boss, username="mara").content.decode()


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"is_active": False}])
def test_the_last_admin_stays_one(admin: User, change: dict[str, Any]) -> None:
    user_make("former", role="admin", is_active=False)
    with pytest.raises(ConflictError, match="last active admin"):
        user_update(user=admin, person=admin, change=UserChange(**change))
    admin.refresh_from_db()
    assert admin.is_admin


def test_one_of_two_admins_may_go(admin: User) -> None:
    other = user_make("other", role="admin")
    user_update(user=admin, person=other, change=UserChange(role="viewer"))
    other.refresh_from_db()
    assert not other.is_admin


def test_a_change_is_on_record_with_what_was_before(boss: Client) -> None:
    person = user_make("guard")
    form = {"username": "guard", "email": "guard@example.com", "role": "supervisor", "is_active": "on"}
    boss.post(f"/users/{person.id}/", form)
    entry = AuditEntry.objects.get(action="user.changed")
    assert entry.detail["changes"] == {"role": ["viewer", "supervisor"]}
    assert "supervisor" in boss.get(f"/users/{person.id}/").content.decode()


def test_who_is_switched_off_is_signed_out_of_pages_and_scripts(admin: User) -> None:
    person = user_make("guard")
    browser = sign_in("guard")
    credentials = {"username": "guard", "password": PASSWORD}
    refresh = APIClient().post("/api/v1/token", credentials, format="json").json()["refresh"]
    assert is_signed_in(browser)
    user_update(user=admin, person=person, change=UserChange(is_active=False))
    user_update(user=admin, person=person, change=UserChange(is_active=True))
    assert not is_signed_in(browser)
    assert APIClient().post("/api/v1/token/refresh", {"refresh": refresh}, format="json").status_code == 401


def test_an_admin_signs_one_browser_out_without_learning_its_key(boss: Client) -> None:
    person = user_make("guard")
    first, second = sign_in("guard"), sign_in("guard")
    key = first.session.session_key
    page = boss.get(f"/users/{person.id}/").content.decode()
    assert key is not None
    assert key not in page
    handle = Session.objects.get(session_key=key).handle
    boss.post(f"/users/{person.id}/sessions/{handle}/end/")
    assert (is_signed_in(first), is_signed_in(second)) == (False, True)


def test_an_admin_revokes_a_token_of_a_script(boss: Client) -> None:
    person = user_make("script")
    credentials = {"username": "script", "password": PASSWORD}
    refresh = APIClient().post("/api/v1/token", credentials, format="json").json()["refresh"]
    token_id = re.search(rf"/users/{person.id}/tokens/(\d+)/end/", boss.get(f"/users/{person.id}/").content.decode())
    assert token_id
    boss.post(f"/users/{person.id}/tokens/{token_id[1]}/end/")
    assert APIClient().post("/api/v1/token/refresh", {"refresh": refresh}, format="json").status_code == 401


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=jon", {"jonas"}),
        ("role=supervisor", {"sam"}),
        ("state=off", {"gone"}),
        ("state=active&role=viewer", {"jonas"}),
    ],
)
def test_each_filter_narrows_the_list(boss: Client, query: str, expected: set[str]) -> None:
    user_make("jonas")
    user_make("sam", role="supervisor")
    user_make("gone", is_active=False)
    page = boss.get(f"/users/?{query}").content.decode()
    assert set(re.findall(r'href="/users/\d+/">(\w+)</a>', page)) == expected


def test_the_list_says_how_many_cameras_each_sees(boss: Client) -> None:
    user_make("jonas", camera_make("Gate"), camera_make("Yard"))
    assert ">2 cameras</a>" in boss.get("/users/").content.decode()
