"""Choosing cameras within a form, without JavaScript: they are looked for, and what was chosen and written stays."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from alerts.models import AlertPolicy, Preference
from cameras.models import Camera, CameraGroup
from rules.models import Backtest, Rule
from rules.services import rule_create
from tests.pages.rows import camera_make, user_make
from tests.rules.documents import PLAIN
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return user_make("ada", role=Role.ADMIN)


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def gate() -> Camera:
    return camera_make("Gate")


@pytest.fixture
def berth() -> Camera:
    return camera_make("Berth", site="Harbour")


def names(rows: list[Any]) -> list[str]:
    return [row.name for row in rows]


def test_what_is_found_stands_below_what_was_chosen_before(browser: Client, gate: Camera, berth: Camera) -> None:
    camera_make("Crane", site="Harbour")
    form = {"document": PLAIN, "note": "A try", "cameras": [gate.id], "look": "find", "find-q": "har ber"}
    answer = browser.post("/rules/new/scratch/", form)
    choice = answer.context["form"].choice()
    assert (answer.status_code, names(choice.chosen), names(choice.found)) == (200, ["Gate"], ["Berth"])
    page = answer.content.decode()
    assert "1 camera is chosen." in page
    assert PLAIN.strip().splitlines()[0] in page and 'value="A try"' in page
    assert not Rule.objects.filter(system="").exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [({"find-site": "{site}"}, ["Berth"]), ({"find-group": "{group}"}, ["Gate"]), ({"find-site": "0"}, [])],
)
def test_cameras_are_found_by_site_and_group(
    browser: Client, gate: Camera, berth: Camera, query: dict[str, str], found: list[str]
) -> None:
    group = CameraGroup.objects.create(name="Outdoor")
    group.cameras.set([gate])
    values = {name: value.format(site=berth.site_id, group=group.id) for name, value in query.items()}
    answer = browser.post("/cameras/groups/new/", {"name": "", "look": "find", **values})
    assert answer.status_code == 200
    assert names(answer.context["form"].choice().found) == found
    assert "This field is required" not in answer.content.decode()


def test_all_that_were_found_are_chosen_at_once_and_none_again(browser: Client, gate: Camera, berth: Camera) -> None:
    camera_make("Crane", site="Harbour")
    form = {"name": "G", "cameras": [gate.id], "find-q": "harbour", "looked_for": "harbour//"}
    chosen = browser.post("/cameras/groups/new/", form | {"look": "all"}).context["form"].choice()
    assert (names(chosen.chosen), chosen.found) == (["Gate", "Berth", "Crane"], [])
    none = browser.post("/cameras/groups/new/", form | {"look": "none"}).context["form"].choice()
    assert (none.chosen, names(none.found)) == ([], ["Berth", "Crane"])


@pytest.mark.parametrize("looked_for", [{"looked_for": "gate//"}, {}])
def test_all_found_are_those_that_the_page_shows_and_others_are_looked_for_first(
    browser: Client, gate: Camera, berth: Camera, looked_for: dict[str, str]
) -> None:
    answer = browser.post("/cameras/groups/new/", {"name": "G", "find-q": "", "look": "all", **looked_for})
    choice = answer.context["form"].choice()
    assert (choice.chosen, names(choice.found), choice.looked_for) == ([], ["Gate", "Berth"], "//")


def test_a_form_takes_ten_thousand_cameras(browser: Client) -> None:
    form = {"name": "G", "cameras": range(10_000), "look": "find"}
    assert browser.post("/cameras/groups/new/", form).status_code == 200


def test_the_return_key_saves_where_there_is_no_camera_to_look_for(browser: Client) -> None:
    assert "looked_for" not in browser.get("/cameras/groups/new/").content.decode()
    assert browser.post("/cameras/groups/new/", {"name": "G", "enter": "yes"}).status_code == 302
    assert CameraGroup.objects.get().name == "G"


PAGES = (
    "/cameras/groups/new/", "/wall/new/", "/rules/new/scratch/", "/reports/", "/alerts/policies/add",
    "/account/messages/email/cameras/",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_the_button_of_the_return_key_is_drawn_since_some_browsers_skip_others(browser: Client, path: str) -> None:
    found = re.findall(r'<button ([^>]*name="enter"[^>]*)>', browser.get(path).content.decode())
    assert [{"hidden", 'tabindex="-1"'} & set(words.split()) for words in found] == [{'tabindex="-1"'}]


def test_the_return_key_looks_where_the_words_are_new_and_saves_where_they_are_not(
    browser: Client, gate: Camera
) -> None:
    form = {"name": "G", "cameras": [gate.id], "find-q": "gate", "enter": "yes"}
    assert browser.post("/cameras/groups/new/", form | {"looked_for": "//"}).status_code == 200
    assert not CameraGroup.objects.exists()
    assert browser.post("/cameras/groups/new/", form | {"looked_for": "gate//"}).status_code == 302
    assert list(CameraGroup.objects.get().cameras.all()) == [gate]


def test_of_many_cameras_the_first_are_shown_and_more_on_demand(browser: Client, gate: Camera) -> None:
    for number in range(70):
        camera_make(f"Hall {number:02}")
    page = browser.get("/cameras/groups/new/")
    choice = page.context["form"].choice()
    assert (len(choice.found), choice.count) == (60, 71)
    assert "60 of 71 found are shown." in page.content.decode()
    more = browser.post("/cameras/groups/new/", {"name": "G", "look": "more", "rows": 60, "looked_for": "//"})
    assert len(more.context["form"].choice().found) == 71


def test_the_cameras_that_it_has_stand_first_and_what_is_not_shown_stays(
    browser: Client, gate: Camera, berth: Camera
) -> None:
    group = CameraGroup.objects.create(name="Outdoor")
    group.cameras.set([berth])
    page = f"/cameras/groups/{group.id}/"
    opened = browser.get(page).context["form"].choice()
    assert (names(opened.chosen), names(opened.found)) == (["Berth"], ["Gate"])
    form = {"name": "Outdoor", "cameras": [berth.id], "look": "find", "find-q": "gate"}
    choice = browser.post(page, form).context["form"].choice()
    assert (names(choice.chosen), names(choice.found)) == (["Berth"], ["Gate"])


def test_looking_for_cameras_of_a_policy_saves_nothing_and_keeps_what_was_entered(
    browser: Client, gate: Camera, berth: Camera
) -> None:
    form = {"name": "", "addresses": "desk@", "step0-addresses": "roof", "about": "events", "cameras": [gate.id]}
    answer = browser.post("/alerts/policies/add", form | {"look": "find", "find-site": berth.site_id})
    choice, page = answer.context["form"].choice(), answer.content.decode()
    assert (answer.status_code, names(choice.chosen), names(choice.found)) == (200, ["Gate"], ["Berth"])
    assert 'value="desk@"' in page and 'value="roof"' in page and "Nothing was saved." not in page
    assert not AlertPolicy.objects.filter(about="events").exists()


def test_wishes_for_some_cameras_leave_the_others_of_the_channel_as_they_are(
    browser: Client, ada: User, gate: Camera, berth: Camera
) -> None:
    wish = {"email-least_severity": "high", "email-digest_minutes": "0", "email-time_zone": "UTC"}
    answer = browser.post("/account/messages/", wish | {"channel": "email", "then": "cameras"})
    assert answer.headers["Location"] == "/account/messages/email/cameras/"
    browser.post("/account/messages/email/cameras/", {"cameras": [berth.id]})
    kept = Preference.objects.get(user=ada)
    assert (kept.least_severity, list(kept.cameras.all())) == ("high", [berth])
    browser.post("/account/messages/", wish | {"channel": "email", "email-least_severity": "low"})
    assert list(Preference.objects.get(user=ada).cameras.all()) == [berth]
    assert "<span>1 camera</span>" in browser.get("/account/messages/").content.decode()


def test_looking_asks_for_no_back_test(browser: Client, ada: User, gate: Camera) -> None:
    rule = rule_create(user=ada, document=PLAIN, cameras=[gate])
    form = {"version": 1, "cameras": [gate.id], "first": "2026-01-02", "last": "2026-01-03", "look": "find"}
    answer = browser.post(f"/rules/{rule.id}/try", form)
    assert (answer.status_code, Backtest.objects.count()) == (200, 0)
    assert 'value="2026-01-02"' in answer.content.decode()


def test_nobody_finds_or_chooses_cameras_that_they_may_not_see(gate: Camera) -> None:
    client = Client()
    client.force_login(user_make("vic"))
    for page, form in (("/reports/", {}), ("/wall/new/", {"name": "W"}), ("/account/messages/email/cameras/", {})):
        answer = client.post(page, form | {"look": "all", "looked_for": "//", "cameras": [gate.id]})
        choice = answer.context["form"].choice()
        assert (choice.chosen, choice.found) == ([], [])


def test_where_there_are_recordings_only_a_layout_says_that_no_camera_is_live(browser: Client, gate: Camera) -> None:
    Camera.objects.update(source_kind="upload")
    assert "There is no live camera yet." in browser.get("/wall/new/").content.decode()
    assert "There is no camera yet." not in browser.get("/cameras/groups/new/").content.decode()
