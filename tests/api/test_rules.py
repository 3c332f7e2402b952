"""Rules by API: the language, the catalog, versions and values on single cameras."""

from __future__ import annotations

from typing import Any

import pytest

from cameras.models import Camera
from rules.catalog import catalog
from rules.models import Rule
from rules.services import RuleChange, rule_create, rule_update
from tests.api.clients import client_of
from tests.api.test_writing import send
from tests.cameras.world import grant, make_camera, make_user
from tests.engine.test_documents import HOSTILE
from tests.rules.documents import ADAPTABLE, LONGER, LONGEST, PLAIN
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def camera() -> Camera:
    return make_camera("Gate")


@pytest.fixture
def rule(ada: User, camera: Camera) -> Rule:
    return rule_create(user=ada, document=PLAIN, cameras=[camera])


def test_the_languages_schema_names_every_clause() -> None:
    schema = client_of(make_user("vera")).get("/api/v1/rules/schema").json()
    assert "tailgating" in str(schema) and schema["properties"]["when"]


def test_a_check_says_line_column_field_and_what_was_expected() -> None:
    document = "name: X\nwhen:\n  all:\n    - in_zone: {zone: Yard, for: soon}\n"
    status, answer = send(make_user("vera"), "post", "rules/check", {"document": document})
    fault = answer["faults"][0]
    assert (status, answer["ok"]) == (200, False)
    assert (fault["line"], fault["column"], fault["field"]) == (4, 34, "when.all.0.in_zone.for")
    assert "90s, 5 min" in fault["expected"]


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "half a surrogate"])
def test_a_check_of_a_hostile_document_says_what_is_wrong(name: str) -> None:
    status, answer = send(make_user("vera"), "post", "rules/check", {"document": HOSTILE[name]})
    assert (status, answer.get("ok")) == (200, False) or (status, list(answer["fields"])) == (400, ["document"])


def test_a_check_of_a_good_document_says_what_it_needs() -> None:
    _, answer = send(make_user("vera"), "post", "rules/check", {"document": ADAPTABLE})
    assert answer == {
        "ok": True,
        "faults": [],
        "warnings": [],
        "zones": {"Yard": "polygon"},
        "models": ["detector"],
    }


def test_every_ready_rule_of_the_catalog_is_listed_and_its_document_can_be_used() -> None:
    user = make_user("vera")
    ready = client_of(user).get("/api/v1/rule-catalog").json()
    assert len({each["key"] for each in ready}) == sum(len(rules) for rules in catalog().values())
    for each in ready:
        assert send(user, "post", "rules/check", {"document": each["document"]})[1]["ok"], each["key"]


def test_a_rule_is_made_from_the_catalog_with_other_values(ada: User, camera: Camera) -> None:
    body = {"key": "loitering", "name": "Porch", "parameters": {"zone": "Porch", "seconds": 90}, "cameras": [camera.id]}
    status, answer = send(ada, "post", "rule-catalog", body)
    assert (status, answer["name"], answer["cameras"], answer["version"]) == (201, "Porch", [camera.id], 1)
    assert Rule.objects.get(name="Porch").versions.get().parsed.zone_names() == {"Porch"}


@pytest.mark.parametrize(
    ("change", "status"),
    [({"key": "nothing"}, 404), ({"parameters": {"zon": "x"}}, 422), ({"parameters": {"seconds": "x"}}, 422)],
)
def test_what_the_catalog_cannot_make_is_refused(ada: User, change: dict[str, Any], status: int) -> None:
    assert send(ada, "post", "rule-catalog", {"key": "loitering"} | change)[0] == status
    assert not Rule.objects.filter(system="").exists()


def test_a_draft_is_saved_compared_published_and_rolled_back(ada: User, rule: Rule) -> None:
    address = f"rules/{rule.id}/versions"
    status, draft = send(ada, "post", address, {"document": LONGER, "based_on": 1, "note": "Calmer."})
    assert (status, draft["number"], draft["state"], draft["note"]) == (201, 2, "draft", "Calmer.")
    difference = send(ada, "get", f"{address}/2/diff")[1]
    assert difference["fields"] == [{"field": "when.in_zone.for", "old": 5, "new": 9}]
    assert "-when: {in_zone: {zone: Yard, for: 5}}" in difference["text"].splitlines()
    assert send(ada, "post", f"{address}/2/publish", {"in_force": 1})[1]["state"] == "published"
    assert send(ada, "get", f"rules/{rule.id}")[1]["version"] == 2
    assert send(ada, "post", f"{address}/1/roll-back", {"in_force": 2})[1]["number"] == 3
    assert send(ada, "get", f"rules/{rule.id}")[1]["document"] == PLAIN
    assert send(ada, "get", f"{address}/3/diff?against=1")[1]["fields"] == []


def test_two_admins_do_not_overwrite_each_other(ada: User, rule: Rule) -> None:
    bob = make_user("bob", role=Role.ADMIN)
    assert send(bob, "patch", f"rules/{rule.id}", {"document": LONGER, "based_on": 1})[0] == 200
    status, answer = send(ada, "patch", f"rules/{rule.id}", {"document": LONGEST, "based_on": 1})
    assert (status, answer["code"], answer["yours"]) == (409, "rule_changed", LONGEST)
    assert answer["theirs"] == {"number": 2, "document": LONGER} and "bob" in answer["message"]


def test_a_document_without_what_it_is_based_on_is_refused(ada: User, rule: Rule) -> None:
    status, answer = send(ada, "patch", f"rules/{rule.id}", {"document": LONGER})
    assert (status, list(answer["fields"])) == (400, ["based_on"])


def test_who_sees_a_camera_reads_its_rules_versions_and_changes_none(camera: Camera, rule: Rule) -> None:
    user = make_user("vera", role=Role.SUPERVISOR)
    grant(user, camera)
    address = f"rules/{rule.id}/versions"
    assert send(user, "get", f"{address}/1")[1]["document"] == PLAIN
    assert send(user, "get", f"{address}/1/diff")[0] == 200
    for route, body in (
        (address, {"document": LONGER, "based_on": 1}),
        (f"{address}/1/publish", {"in_force": 1}),
        (f"{address}/1/roll-back", {"in_force": 1}),
        ("rule-catalog", {"key": "loitering"}),
    ):
        assert send(user, "post", route, body)[0] == 403, route
    assert send(user, "put", f"rules/{rule.id}/overrides", {"overrides": []})[0] == 403


@pytest.mark.parametrize("number", [0, 2, 2**31, 2**70])
def test_a_version_that_is_not_there_is_404(ada: User, rule: Rule, number: int) -> None:
    assert send(ada, "get", f"rules/{rule.id}/versions/{number}")[0] == 404
    assert send(ada, "post", f"rules/{rule.id}/versions/{number}/publish", {"in_force": 1})[0] == 404


def test_values_on_cameras_are_put_and_shown_for_the_cameras_one_sees(ada: User, camera: Camera) -> None:
    hidden = make_camera("Hidden")
    rule = rule_create(user=ada, document=ADAPTABLE, cameras=[camera, hidden])
    rows = [{"camera": each.id, "zone": "", "parameters": {"seconds": 30}} for each in (camera, hidden)]
    assert send(ada, "put", f"rules/{rule.id}/overrides", {"overrides": rows}) == (
        200,
        {"overrides": rows, "warnings": []},
    )
    user = make_user("vera")
    grant(user, camera)
    assert send(user, "get", f"rules/{rule.id}/overrides")[1] == {"overrides": rows[:1], "warnings": []}
    wrong = [{"camera": camera.id, "parameters": {"second": 1}}]
    assert send(ada, "put", f"rules/{rule.id}/overrides", {"overrides": wrong})[0] == 422


def test_values_that_hold_nowhere_are_taken_in_with_a_warning(ada: User, rule: Rule) -> None:
    elsewhere = make_camera("Elsewhere")
    rule_update(user=ada, rule=rule, change=RuleChange(document=ADAPTABLE))
    rows = [
        {"camera": rule.cameras.get().id, "zone": "Roof", "parameters": {"seconds": 30}},
        {"camera": elsewhere.id, "zone": "", "parameters": {"seconds": 30}},
    ]
    warnings = send(ada, "put", f"rules/{rule.id}/overrides", {"overrides": rows})[1]["warnings"]
    assert len(warnings) == 2
    assert "zone Roof: no parameter names “Roof”" in " ".join(warnings)
    assert "camera Elsewhere: the rule is not on this camera" in " ".join(warnings)


def test_a_check_warns_of_values_for_a_camera_that_is_not_there(ada: User, camera: Camera) -> None:
    document = ADAPTABLE + f"overrides:\n  - {{camera: {camera.name}, parameters: {{seconds: 9}}}}\n"
    assert send(ada, "post", "rules/check", {"document": document})[1]["warnings"] == []
    wrong = document.replace(f"camera: {camera.name}", f"camera: {camera.name}s")
    (warning,) = send(make_user("vera"), "post", "rules/check", {"document": wrong})[1]["warnings"]
    assert "did you mean" not in warning["sentence"], "who sees no camera learns no name"
    (warning,) = send(ada, "post", "rules/check", {"document": wrong})[1]["warnings"]
    assert (warning["line"], warning["field"]) == (7, "overrides.0.camera")
    assert f"did you mean “{camera.name}”?" in warning["sentence"]


def test_a_list_says_severity_and_tags(ada: User, camera: Camera) -> None:
    rule_create(user=ada, document=ADAPTABLE, cameras=[camera])
    row = send(ada, "get", "rules")[1]["results"][0]
    assert (row["severity"], row["tags"]) == ("medium", ["yard"])
