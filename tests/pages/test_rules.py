"""The rules' pages: seen by whom a camera is shown, changed by admins, no text lost."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rules.models import Rule
from rules.services import RuleChange, rule_create, rule_update
from tests.pages.rows import camera_make, user_make
from tests.rules.documents import LONGER, LONGEST, PLAIN
from vms.accounts.choices import Role
from vms.accounts.models import User
from workers.choices import StreamWorkState
from workers.models import Stream, WorkerNode

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def ada() -> User:
    return user_make("ada", role=Role.ADMIN)


@pytest.fixture
def rule(ada: User) -> Rule:
    return rule_create(user=ada, document=PLAIN, cameras=[camera_make("Gate")])


@pytest.fixture
def browser(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


def save(browser: Client, rule: Rule, **form: Any) -> tuple[int, str]:
    answer = browser.post(f"/rules/{rule.id}/save", form)
    return answer.status_code, answer.content.decode()


def test_a_list_says_what_is_in_force_and_what_waits(browser: Client, ada: User, rule: Rule) -> None:
    rule_update(user=ada, rule=rule, change=RuleChange(document=LONGER, draft=True))
    page = browser.get("/rules/").content.decode()
    assert "Loiterer" in page and "version 1" in page and "version 2 waits" in page


def test_a_draft_is_saved_put_in_force_and_rolled_back(browser: Client, rule: Rule) -> None:
    assert save(browser, rule, document=LONGER.replace("\n", "\r\n"), based_on=1, deed="draft")[0] == 302
    assert rule.versions.get(number=2).document == LONGER
    assert browser.post(f"/rules/{rule.id}/versions/2/publish", {"in_force": 1}).status_code == 302
    page = browser.get(f"/rules/{rule.id}/versions/2/").content.decode()
    assert "<code>when.in_zone.for</code>: 5 → 9" in page
    assert browser.post(f"/rules/{rule.id}/versions/1/roll-back", {"in_force": 2}).status_code == 302
    assert [(each.number, each.state) for each in rule.versions.all()] == [
        (3, "published"),
        (2, "retired"),
        (1, "retired"),
    ]


def test_values_of_a_text_stand_as_they_are_written_in_it_in_every_language(
    browser: Client, ada: User, rule: Rule
) -> None:
    surer = PLAIN.replace("when:", "who: {min_confidence: 0.45}\nwhen:", 1)
    rule_update(user=ada, rule=rule, change=RuleChange(document=surer, draft=True))
    User.objects.filter(id=ada.id).update(language="de")
    page = browser.get(f"/rules/{rule.id}/versions/2/").content.decode()
    assert "nichts → 0.45" in page


def test_a_fault_is_told_with_its_line_and_the_text_stays(browser: Client, rule: Rule) -> None:
    status, page = save(browser, rule, document=PLAIN + "colour: red\n", based_on=1, deed="publish")
    assert status == 422
    assert "line 4: colour: is not known here" in page and "colour: red\n</textarea>" in page
    assert rule.versions.count() == 1


def test_a_version_that_is_no_longer_taken_lies_in_the_editor_to_be_mended(browser: Client, rule: Rule) -> None:
    text = PLAIN + "parameters: {seconds: 5}\n"
    rule.versions.create(number=2, state="retired", document=text, spec=rule.versions.get().spec)
    answer = browser.post(f"/rules/{rule.id}/versions/2/roll-back", {"in_force": 1}, follow=True)
    page = answer.content.decode()
    assert "Version 2 cannot be used any more: line 4: parameters.seconds" in page
    assert "This is the text of version 2" in page and "seconds: 5}\n</textarea>" in page
    assert answer.context["based_on"] == 2
    mended = text.replace("for: 5", "for: $seconds")
    assert save(browser, rule, document=mended, based_on=2, deed="publish")[0] == 302
    assert rule.versions.get(number=3).state == "published"


def test_saving_what_stands_there_says_that_nothing_was_changed(browser: Client, rule: Rule) -> None:
    form = {"document": PLAIN, "based_on": 1, "deed": "draft"}
    page = browser.post(f"/rules/{rule.id}/save", form, follow=True).content.decode()
    assert "Nothing was changed: version 1 has this text already." in page
    assert rule.versions.count() == 1


def test_a_rule_is_switched_off_and_on_where_it_is_shown(browser: Client, rule: Rule) -> None:
    for to, is_on, words in (("off", False, "The rule is switched off."), ("on", True, "The rule is switched on.")):
        page = browser.post(f"/rules/{rule.id}/switch", {"to": to}, follow=True)
        assert (Rule.objects.get(id=rule.id).enabled, words in page.content.decode()) == (is_on, True)


def test_who_was_slower_sees_both_texts(browser: Client, ada: User, rule: Rule) -> None:
    rule_update(user=ada, rule=rule, change=RuleChange(document=LONGER))
    status, page = save(browser, rule, document=LONGEST, based_on=1, deed="publish")
    assert status == 409
    assert "for: 60" in page and "for: 9" in page
    assert rule.versions.count() == 2


def test_others_read_the_rules_of_their_cameras_and_change_none(client: Client, rule: Rule) -> None:
    client.force_login(user_make("guard", rule.cameras.get()))
    page = client.get(f"/rules/{rule.id}/").content.decode()
    assert "for: 5" in page and "<textarea" not in page
    assert save(client, rule, document=LONGER, based_on=1)[0] == 403
    assert client.post(f"/rules/{rule.id}/versions/1/roll-back", {"in_force": 1}).status_code == 403
    assert client.post(f"/rules/{rule.id}/switch", {"to": "off"}).status_code == 403


@pytest.mark.parametrize("part", ["", "versions/1/"])
def test_a_rule_of_another_camera_is_not_found(client: Client, rule: Rule, part: str) -> None:
    client.force_login(user_make("stranger", camera_make("Own")))
    assert client.get(f"/rules/{rule.id}/{part}").status_code == 404
    assert "Loiterer" not in client.get("/rules/").content.decode()


def test_what_users_wrote_is_escaped(browser: Client, ada: User) -> None:
    sly = PLAIN + "description: '<script>alert(1)</script>'\n"
    rule = rule_create(user=ada, document=sly, cameras=[], note="<b>bold</b>")
    for address in (f"/rules/{rule.id}/", f"/rules/{rule.id}/versions/1/"):
        page = browser.get(address).content.decode()
        assert "<script>alert(1)" not in page and "<b>bold" not in page


def test_a_rule_whose_model_no_worker_has_says_so(browser: Client, ada: User) -> None:
    document = "name: Bare head\nwho: {classes: [person]}\nwhen: {lacks: helmet}\n"
    rule = rule_create(user=ada, document=document, cameras=[])
    sentence = "No worker has the model “ppe”."
    assert sentence in browser.get(f"/rules/{rule.id}/").content.decode()
    WorkerNode.objects.create(name="north", further_models=["ppe"])
    assert sentence not in browser.get(f"/rules/{rule.id}/").content.decode()


def test_a_rule_that_names_what_no_detector_finds_says_so(browser: Client, ada: User) -> None:
    document = "name: Yard\nwho: {classes: [Person, unicorn]}\nwhen: {near: {classes: [car], within: 1}}\n"
    rule = rule_create(user=ada, document=document, cameras=[])
    WorkerNode.objects.create(name="north", detector="motion", classes=["motion"])
    assert "never found" not in browser.get(f"/rules/{rule.id}/").content.decode()
    WorkerNode.objects.create(name="south", classes=["person", "car"])
    page = browser.get(f"/rules/{rule.id}/").content.decode()
    assert "No worker's detector finds “Person”. Did you mean “person”?" in page
    assert "No worker's detector finds “unicorn”.</li>" in page
    assert "finds “car”" not in page


def test_a_rule_whose_model_a_cameras_own_worker_has_not_says_where(browser: Client, ada: User) -> None:
    gate = camera_make("Gate")
    WorkerNode.objects.create(name="north", further_models=["ppe"])
    south = WorkerNode.objects.create(name="south")
    now = timezone.now()
    watch = {"started_at": now, "assigned_at": now, "taken_at": now, "boot_id": uuid.uuid4()}
    Stream.objects.create(camera=gate, node=south, state=StreamWorkState.RUNNING, **watch)
    document = "name: Bare head\nwho: {classes: [person]}\nwhen: {lacks: helmet}\n"
    rule = rule_create(user=ada, document=document, cameras=[gate])
    sentence = "Gate: worker south has no model “ppe”"
    assert sentence in browser.get(f"/rules/{rule.id}/").content.decode()
    WorkerNode.objects.filter(name="south").update(further_models=["ppe"])
    assert sentence not in browser.get(f"/rules/{rule.id}/").content.decode()


def test_a_rule_whose_model_could_not_be_loaded_says_where_and_why(browser: Client, ada: User) -> None:
    WorkerNode.objects.create(name="north", further_models=["ppe"], broken_models={"ppe": "The file is missing."})
    document = "name: Bare head\nwho: {classes: [person]}\nwhen: {lacks: helmet}\n"
    rule = rule_create(user=ada, document=document, cameras=[])
    page = browser.get(f"/rules/{rule.id}/").content.decode()
    assert "This rule finds nothing now." in page
    assert "“ppe” could not be loaded on worker north: The file is missing." in page


def test_a_rule_whose_model_a_cameras_own_worker_could_not_load_says_why(browser: Client, ada: User) -> None:
    gate = camera_make("Gate")
    WorkerNode.objects.create(name="north", further_models=["ppe"])
    south = WorkerNode.objects.create(name="south", further_models=["ppe"], broken_models={"ppe": "It is damaged."})
    now = timezone.now()
    watch = {"started_at": now, "assigned_at": now, "taken_at": now, "boot_id": uuid.uuid4()}
    Stream.objects.create(camera=gate, node=south, state=StreamWorkState.RUNNING, **watch)
    document = "name: Bare head\nwho: {classes: [person]}\nwhen: {lacks: helmet}\n"
    rule = rule_create(user=ada, document=document, cameras=[gate])
    page = browser.get(f"/rules/{rule.id}/").content.decode()
    assert "Gate: worker south could not load the model “ppe”: It is damaged." in page
