"""The page of a rule's cameras: found, ticked many at once, and written down."""

from __future__ import annotations

import pytest
from django.test import Client

from cameras.models import Camera, CameraGroup, Zone
from rules.models import Rule, RuleOverride
from rules.services import RuleChange, rule_create, rule_update
from tests.pages.rows import camera_make, user_make
from tests.rules.documents import ADAPTABLE, PLAIN, SQUARE
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return user_make("ada", role=Role.ADMIN)


@pytest.fixture
def gate() -> Camera:
    return camera_make("Gate")


@pytest.fixture
def rule(ada: User, gate: Camera) -> Rule:
    return rule_create(user=ada, document=PLAIN, cameras=[gate])


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def on(rule: Rule) -> set[str]:
    return set(rule.cameras.values_list("name", flat=True))


def page_of(browser: Client, rule: Rule, query: str = "") -> str:
    return browser.get(f"/rules/{rule.id}/cameras{query}").content.decode()


def test_ticks_put_a_rule_on_cameras_and_take_it_off(browser: Client, rule: Rule, gate: Camera) -> None:
    yard, dock = camera_make("Yard"), camera_make("Dock")
    form = {"do": "save", "shown": gate.id, "camera": [yard.id, dock.id]}
    page = browser.post(f"/rules/{rule.id}/cameras", form, follow=True).content.decode()
    assert on(rule) == {"Yard", "Dock"}
    assert "The rule is on 2 more cameras. It was taken off 1 camera." in page
    entry = AuditEntry.objects.get(action="rule.cameras_changed")
    assert (entry.target, entry.detail["removed"]) == (f"rules.rule:{rule.id}", [str(gate)])
    assert AuditEntry.objects.filter(action="camera.rules_changed").count() == 3


def test_the_text_makes_no_new_version_when_cameras_change(browser: Client, rule: Rule) -> None:
    browser.post(f"/rules/{rule.id}/cameras", {"do": "save", "shown": "", "camera": [camera_make("Yard").id]})
    assert rule.versions.count() == 1


def test_a_page_that_is_older_takes_nobodys_newer_camera_away(browser: Client, rule: Rule, gate: Camera) -> None:
    yard = camera_make("Yard")
    rule.cameras.add(yard)
    browser.post(f"/rules/{rule.id}/cameras", {"do": "save", "shown": gate.id, "camera": [gate.id]})
    assert on(rule) == {"Gate", "Yard"}
    assert not AuditEntry.objects.filter(action="rule.cameras_changed").exists()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?q=har", {"Berth", "Crane"}),
        ("?q=har+cra", {"Crane"}),
        ("?group={group}", {"Gate", "Berth"}),
        ("?on=yes", {"Gate"}),
        ("?on=no", {"Berth", "Crane"}),
        ("?site=0", set()),
    ],
)
def test_cameras_are_found_by_name_place_group_and_whether_they_have_it(
    browser: Client, rule: Rule, gate: Camera, query: str, names: set[str]
) -> None:
    berth, _crane = (camera_make(name, site="Harbour") for name in ("Berth", "Crane"))
    group = CameraGroup.objects.create(name="Outdoor")
    group.cameras.set([gate, berth])
    answer = browser.get(f"/rules/{rule.id}/cameras{query.format(group=group.id)}")
    assert {camera.name for camera, *_ in answer.context["rows"]} == names


def test_all_that_were_found_get_the_rule_or_lose_it(browser: Client, rule: Rule) -> None:
    for number in range(130):
        camera_make(f"Berth {number}", site="Harbour")
    browser.post(f"/rules/{rule.id}/cameras?q=harbour", {"do": "put"})
    assert len(on(rule)) == 131
    browser.post(f"/rules/{rule.id}/cameras?q=harbour", {"do": "take"})
    assert on(rule) == {"Gate"}


def test_a_camera_without_the_area_that_the_rule_names_says_so(browser: Client, rule: Rule, gate: Camera) -> None:
    yard = camera_make("Yard")
    Zone.objects.create(camera=yard, name="Yard", kind="polygon", points=SQUARE)
    rows = browser.get(f"/rules/{rule.id}/cameras").context["rows"]
    assert [(camera.name, lacking) for camera, _held, lacking in rows] == [("Gate", ["Yard"]), ("Yard", [])]


def test_the_area_that_is_missed_is_the_one_of_the_cameras_own_value(browser: Client, ada: User, gate: Camera) -> None:
    rule = rule_create(user=ada, document=ADAPTABLE, cameras=[gate])
    RuleOverride.objects.create(rule=rule, camera=gate, parameters={"zone": "Ramp"})
    assert "not drawn here: “Ramp”" in page_of(browser, rule)


def test_only_admins_choose_and_of_foreign_rules_nothing_is_said(rule: Rule, gate: Camera) -> None:
    client = Client()
    client.force_login(user_make("guard", gate))
    assert client.get(f"/rules/{rule.id}/cameras").status_code == 403
    assert client.post(f"/rules/{rule.id}/cameras", {"do": "take"}).status_code == 403
    client.force_login(user_make("stranger"))
    assert client.get(f"/rules/{rule.id}/cameras").status_code == 404
    assert on(rule) == {"Gate"}


def test_a_rules_page_names_few_of_many_cameras_and_leads_to_all(browser: Client, ada: User, rule: Rule) -> None:
    rule_update(user=ada, rule=rule, change=RuleChange(cameras=[camera_make(f"Berth {n}") for n in range(9)]))
    page = browser.get(f"/rules/{rule.id}/").content.decode()
    assert "Berth 4" in page and "Berth 5" not in page
    assert "and 4 more cameras" in page and f"/rules/{rule.id}/cameras" in page
