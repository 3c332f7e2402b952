"""Beginning a rule from the catalog, with the form and the text side by side."""

from __future__ import annotations

import pytest
from django.test import Client

from rules.choices import Kind
from rules.models import Rule
from rules.ready_rules import ready_rules
from tests.pages.rows import camera_make, user_make
from vms.accounts.choices import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(user_make("ada", role=Role.ADMIN))
    return client


def test_the_catalog_shows_every_ready_rule_and_finds_by_words(browser: Client) -> None:
    page = browser.get("/rules/new/").content.decode()
    assert all(f"/rules/new/from/{key}/" in page for key in ready_rules())
    found = browser.get("/rules/new/?q=lies ground").content.decode()
    assert "/rules/new/from/person-down/" in found
    assert "/rules/new/from/running/" not in found


def test_the_catalog_says_how_much_each_rule_asks_for(browser: Client) -> None:
    kinds = {key: rule.kind for key, rule in ready_rules().items()}
    assert [kinds[key] for key in ("intrusion", "no-parking", "fall", "speeding")] == ["easy", "medium", "hard", "hard"]
    assert all(list(kinds.values()).count(kind) >= 8 for kind in Kind)
    page = browser.get("/rules/new/?q=intrusion").content.decode()
    assert "Easy</span>" in page and "Hard</span>" not in page


def test_what_stands_there_at_the_start_from_scratch_can_be_saved_as_it_is(browser: Client) -> None:
    document = browser.get("/rules/new/scratch/").context["document"]
    assert browser.post("/rules/new/scratch/", {"document": document, "deed": "draft"}).status_code == 302
    assert Rule.objects.get(name="New rule").versions.get().parsed.zone_kinds() == {"Yard": "polygon"}


def test_a_rule_is_made_from_the_catalog_with_a_value_of_the_form(browser: Client) -> None:
    camera = camera_make("Hall")
    document = ready_rules()["person-down"].document
    form = {"document": document, "leaf.parameters.seconds": "25", "was.parameters.seconds": "10"}
    answer = browser.post("/rules/new/from/person-down/", form | {"cameras": [camera.id], "deed": "publish"})
    assert answer.status_code == 302
    rule = Rule.objects.get(name="Person down")
    assert rule.versions.get().parsed.parameters["seconds"] == 25
    assert list(rule.cameras.all()) == [camera]


def test_a_value_that_does_not_fit_is_told_with_its_line_and_all_is_kept(browser: Client) -> None:
    form = {"document": ready_rules()["running"].document, "leaf.severity": "awful", "was.severity": "low"}
    answer = browser.post("/rules/new/from/running/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "severity" in page and "line " in page and "severity: awful" in page
    assert not Rule.objects.filter(system="").exists()


def test_the_form_edits_the_text(browser: Client) -> None:
    form = {"document": "name: A # mine\nseverity: low\n", "leaf.name": "B", "was.name": "A", "edited": "form"}
    assert "name: B # mine" in browser.post("/rules/form", form).content.decode()


def test_the_text_edits_the_form_and_tells_its_faults(browser: Client) -> None:
    page = browser.post("/rules/form", {"document": "name: C\ncolour: red\n", "edited": "document"}).content.decode()
    assert 'name="leaf.name" value="C"' in page
    assert "line 2: colour" in page


def test_the_editor_warns_of_values_for_cameras_that_the_rule_is_not_on(browser: Client) -> None:
    gate, _ = camera_make("Gate"), camera_make("Dock")
    text = "name: A\nparameters: {t: 5}\nwhen: {in_zone: {zone: Yard, for: $t}}\noverrides:\n"
    document = text + "  - {camera: Gate, parameters: {t: 6}}\n  - {camera: Dock, parameters: {t: 7}}\n"
    browser.post("/rules/new/scratch/", {"document": document, "cameras": [gate.id], "deed": "publish"})
    rule = Rule.objects.get(name="A")
    edited = {"document": document, "edited": "document", "rule": rule.id}
    for answer in (browser.get(f"/rules/{rule.id}/"), browser.post("/rules/form", edited)):
        page = answer.content.decode()
        assert "line 6: overrides.1.camera: the rule is not on this camera" in page
        assert "line 5" not in page


def test_what_was_not_touched_in_the_form_does_not_undo_the_text(browser: Client) -> None:
    form = {"document": "name: New\n", "leaf.name": "Old", "was.name": "Old", "edited": "form"}
    assert "name: New" in browser.post("/rules/form", form).content.decode()


@pytest.mark.parametrize("path", ["/rules/new/", "/rules/new/scratch/", "/rules/new/from/running/"])
def test_only_admins_begin_rules(client: Client, path: str) -> None:
    client.force_login(user_make("sam", role=Role.SUPERVISOR))
    assert client.get(path).status_code == 403


def test_the_catalog_has_no_other_rules(browser: Client) -> None:
    assert browser.get("/rules/new/from/nothing/").status_code == 404
