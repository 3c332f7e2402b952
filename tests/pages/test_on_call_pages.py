"""The pages of on-call groups, without any script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import AlertPolicy, OnCallGroup, OnCallMember
from tests.pages.reading import text_of
from tests.pages.rows import user_make
from vms.accounts.models import User

pytestmark = pytest.mark.django_db

VALUES = {"name": "Nights", "shift_days": "7", "hand_over": "08:00", "time_zone": "Europe/Berlin"}


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(user_make("boss", role="admin"))
    return client


@pytest.fixture
def people() -> list[User]:
    return [user_make(name) for name in ("ada", "bea", "cleo")]


@pytest.fixture
def group(people: list[User]) -> OnCallGroup:
    """Ada's week runs."""
    first = timezone.now().date() - timedelta(days=1)
    group = OnCallGroup.objects.create(name="Nights", shift_days=7, first_day=first)
    for position, person in enumerate(people):
        OnCallMember.objects.create(group=group, user=person, position=position)
    return group


def filled(people: list[User], **more: object) -> dict[str, object]:
    return {**VALUES, "first_day": "2026-10-19", "member": [person.pk for person in people], **more}


def order(group: OnCallGroup) -> list[str]:
    return [turn.user.username for turn in group.turns.select_related("user")]


def shown_order(page: str, people: list[User]) -> list[str]:
    places = {person.username: page.find(f'name="member" value="{person.pk}"') for person in people}
    return sorted((name for name, place in places.items() if place >= 0), key=lambda name: places[name])


def test_an_admin_makes_a_group_in_the_order_of_its_turns(boss: Client, people: list[User]) -> None:
    ada, bea, cleo = people
    assert boss.post("/alerts/on-call/new/", filled([cleo, ada, bea])).status_code == 302
    assert order(OnCallGroup.objects.get()) == ["cleo", "ada", "bea"]
    assert "The on-call group Nights is saved." in text_of(boss, "/alerts/on-call/")


@pytest.mark.parametrize(
    ("deed", "shown"),
    [
        ("up-{bea}", ["bea", "ada", "cleo"]),
        ("down-{bea}", ["ada", "cleo", "bea"]),
        ("up-{ada}", ["bea", "cleo", "ada"]),
        ("down-{cleo}", ["cleo", "ada", "bea"]),
        ("remove-{bea}", ["ada", "cleo"]),
        ("up-nobody", ["ada", "bea", "cleo"]),
    ],
)
def test_buttons_change_the_order_on_the_page_and_save_nothing(
    deed: str, shown: list[str], boss: Client, people: list[User], group: OnCallGroup
) -> None:
    ids = {person.username: person.pk for person in people}
    answer = boss.post(f"/alerts/on-call/{group.pk}/", filled(people, name="Days", deed=deed.format(**ids)))
    page = answer.content.decode()
    assert answer.status_code == 200 and shown_order(page, people) == shown
    assert "Nothing is saved yet." in page and 'value="Days"' in page
    assert order(group) == ["ada", "bea", "cleo"]


def test_somebody_is_added_before_the_group_has_a_name(boss: Client, people: list[User]) -> None:
    answer = boss.post("/alerts/on-call/new/", filled([], name="", deed="add", person=people[1].pk))
    page = answer.content.decode()
    assert answer.status_code == 200 and shown_order(page, people) == ["bea"]
    assert "errors" not in page and not OnCallGroup.objects.exists()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"first_day": ""}, "Say on which day the first turn began."),
        ({"shift_days": "900"}, "Ensure this value is less than or equal to 366."),
        ({"hand_over": "dawn"}, "Enter a valid time."),
    ],
)
def test_what_makes_no_sense_is_told_and_the_people_are_kept(
    more: dict[str, str], sentence: str, boss: Client, people: list[User]
) -> None:
    answer = boss.post("/alerts/on-call/new/", filled(people, **more))
    page = answer.content.decode()
    assert answer.status_code == 422 and sentence in page
    assert shown_order(page, people) == ["ada", "bea", "cleo"] and not OnCallGroup.objects.exists()


def test_the_list_says_who_is_on_call_until_when_and_the_page_whose_turns_follow(
    boss: Client, group: OnCallGroup
) -> None:
    listed = text_of(boss, "/alerts/on-call/")
    assert 'badge-good">ada</span>' in listed and "on call until" in listed and "turns of 7 days" in listed
    turns = text_of(boss, f"/alerts/on-call/{group.pk}/").split('id="turns"')[1]
    assert turns.index("ada") < turns.index("bea") < turns.index("cleo")


def test_a_group_without_turns_or_people_says_what_that_means(boss: Client, group: OnCallGroup) -> None:
    OnCallGroup.objects.update(shift_days=0)
    assert "everybody always" in text_of(boss, "/alerts/on-call/")
    assert "All of them are on call always." in text_of(boss, f"/alerts/on-call/{group.pk}/")
    OnCallMember.objects.all().delete()
    assert "nobody would be told" in text_of(boss, "/alerts/on-call/")


def test_a_group_that_a_policy_tells_names_it_and_stays(boss: Client, group: OnCallGroup) -> None:
    policy = AlertPolicy.objects.create(name="Perimeter")
    policy.on_call.add(group)
    page = text_of(boss, f"/alerts/on-call/{group.pk}/")
    assert f'/alerts/policies/{policy.pk}/">Perimeter' in page and "Delete the group…" not in page
    assert boss.post(f"/alerts/on-call/{group.pk}/delete").status_code == 409
    policy.on_call.clear()
    assert "Delete the group…" in text_of(boss, f"/alerts/on-call/{group.pk}/")
    assert boss.post(f"/alerts/on-call/{group.pk}/delete").status_code == 302
    assert not OnCallGroup.objects.exists()


def test_the_pages_are_there_for_admins_only(group: OnCallGroup) -> None:
    client = Client()
    client.force_login(user_make("nora", role="supervisor"))
    paths = ("/alerts/on-call/", "/alerts/on-call/new/", f"/alerts/on-call/{group.pk}/")
    assert [client.get(path).status_code for path in paths] == [403, 403, 404]
    assert client.post(f"/alerts/on-call/{group.pk}/delete").status_code == 404
