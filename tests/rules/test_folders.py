"""Rules as files: checked with the place of every fault, applied whole or not at all, exported and read back."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from cameras.models import Camera
from events.models import Event
from rules.models import Rule, RuleVersion
from rules.services import OverrideValues, RuleChange, Saving, overrides_set, rule_create, rule_update, version_save
from tests.api.clients import make_event
from tests.cameras.world import make_camera, make_user
from tests.rules.documents import ADAPTABLE, LONGER, PLAIN
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = pytest.mark.django_db

OTHER = "# Kept as it is.\nname: Other   # with a remark\nwhen: {in_zone: Yard}\n"
DEPLOYMENT = """\
rules:
  Loiterer:
    cameras: [Harbour / Gate, Dock]
    overrides:
      - {camera: Gate, parameters: {seconds: 30}}
  Other: {enabled: false, cameras: [Gate]}
"""


@pytest.fixture
def ada() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def gate(ada: User) -> Camera:
    make_camera("Dock")
    return make_camera("Gate")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "rules"
    (path / "north").mkdir(parents=True)
    (path / "several.yaml").write_text(f"{ADAPTABLE}---\n{OTHER}")
    (path / "deployment.yaml").write_text(DEPLOYMENT)
    return path


def run(*words: object, **options: Any) -> tuple[bool, str]:
    out = StringIO()
    try:
        call_command("rules", *(str(word) for word in words), stdout=out, stderr=StringIO(), **options)
    except SystemExit:
        return False, out.getvalue()
    return True, out.getvalue()


def state() -> list[Any]:
    """All that is set on the rules, without who and when."""
    return [
        (
            rule.name, rule.enabled, sorted(camera.name for camera in rule.cameras.all()),
            sorted((each.camera.name, each.zone, str(each.parameters)) for each in rule.overrides.all()),
            [(version.state, version.document) for version in rule.versions.filter(state="published")],
        )
        for rule in Rule.objects.filter(system="")
    ]  # fmt: skip


def test_a_folder_becomes_rules_with_their_cameras_and_values(gate: Camera, folder: Path) -> None:
    assert run("apply", folder)[0]
    loiterer, other = Rule.objects.filter(system="")
    assert (other.enabled, list(other.cameras.all())) == (False, [gate])
    assert sorted(camera.name for camera in loiterer.cameras.all()) == ["Dock", "Gate"]
    assert loiterer.overrides.get().parameters == {"seconds": 30}
    assert other.versions.get().document == OTHER


@pytest.mark.parametrize(
    ("deployment", "sentence"),
    [
        ("rules: {Other: {cameras: 5}}", "deployment.yaml:1:rules.Other.cameras: a list was expected"),
        ("[1, 2]", "deployment.yaml:1:document: a mapping of names to values was expected"),
        ("rules: {Other: {camera: Gate}}", "deployment.yaml:1:rules.Other.camera: is not known here"),
        (
            "rules: {Loiterer: {overrides: [{camera: Gate, parameters: {seconds: .nan}}]}}",
            "deployment.yaml:1:rules.Loiterer.overrides.0.parameters.seconds: "
            "a number, a text of up to 64 characters, true, false or a list of names was expected",
        ),
    ],
)
def test_a_deployment_that_cannot_be_used_says_what_was_expected(folder: Path, deployment: str, sentence: str) -> None:
    (folder / "deployment.yaml").write_text(deployment)
    done, said = run("check", folder)
    assert not done
    assert sentence in said.splitlines()


def test_values_for_what_is_not_there_are_warned_of_and_applied(gate: Camera, folder: Path) -> None:
    text = DEPLOYMENT.replace("camera: Gate,", "camera: Gate, zone: Roof,").replace("[Harbour / Gate, Dock]", "[Dock]")
    (folder / "deployment.yaml").write_text(text)
    (folder / "porch.yaml").write_text(
        "name: Porch\nparameters: {t: 5}\nwhen: {in_zone: {zone: Porch, for: $t}}\n"
        "overrides:\n  - {camera: Gaet, parameters: {t: 6}}\n"
    )
    done, said = run("check", folder)
    assert done
    assert [line.split(": ")[0] for line in said.splitlines()[:-1]] == [
        "deployment.yaml:5:rules.Loiterer.overrides.0.camera",
        "deployment.yaml:5:rules.Loiterer.overrides.0.zone",
    ]
    assert "no parameter names “Roof”" in said
    done, said = run("apply", folder)
    assert done
    assert "porch.yaml:5:overrides.0.camera: there is no camera of this name" in said
    assert "did you mean “Gate”? (warning)" in said


HOSTILE = {
    "no UTF-8": (b"name: a\nwhen: {in_zone: '\xff'}\n", "the file is not UTF-8"),
    "two bytes a letter": ("name: a\nwhen: {in_zone: b}\n".encode("utf-16"), "the file is not UTF-8"),
    "very large": (b"# " + b"x" * 5_000_000, "a file has at most 4 MB"),
    "very many rules": (b"name: a\nwhen: {in_zone: b}\n---\n" * 60_000, "a file holds at most 2000 rules"),
    "an alias bomb": (b"a: &a [x, x]\nb: [*a, *a]\n", "not valid YAML: aliases (*name) are not used in rules"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_fault_and_the_others_are_read(name: str, folder: Path) -> None:
    data, told = HOSTILE[name]
    (folder / "hostile.yaml").write_bytes(data)
    done, said = run("check", folder)
    assert not done
    assert len(said.splitlines()) == 1
    assert told in said


def test_applying_again_changes_nothing(gate: Camera, folder: Path) -> None:
    run("apply", folder)
    assert run("apply", folder) == (True, "0 rules changed.\n")
    assert RuleVersion.objects.count() == 2


def test_a_version_names_the_admin_and_why(ada: User, gate: Camera, folder: Path) -> None:
    bob = make_user("bob", role=Role.ADMIN)
    run("apply", folder, "--as", "bob", "--note", "Ticket 7.")
    assert {(each.created_by, each.note) for each in RuleVersion.objects.all()} == {(bob, "Ticket 7.")}


def test_a_dry_run_shows_the_difference_and_writes_nothing(ada: User, gate: Camera, folder: Path) -> None:
    rule_create(user=ada, document=ADAPTABLE.replace("seconds: 5", "seconds: 50"), cameras=[gate])
    before = state()
    done, told = run("apply", folder, "--dry-run")
    assert done and state() == before
    assert "  -parameters: {zone: Yard, seconds: 50}\n  +parameters: {zone: Yard, seconds: 5}" in told
    assert "+ camera Dock" in told and "Other: new" in told


def test_every_fault_is_told_with_its_place_and_nothing_is_written(gate: Camera, folder: Path) -> None:
    (folder / "north" / "bad.yaml").write_text("name: Bad\nwhen:\n  in_zon: Yard\n---\nname: Worse\nseverity: dire\n")
    (folder / "deployment.yaml").write_text(DEPLOYMENT.replace("Dock", "Attic").replace("seconds: 30", "second: 30"))
    done, told = run("apply", folder)
    assert (done, Rule.objects.filter(system="").count()) == (False, 0)
    places = [line.split(": ", 1)[0] for line in told.splitlines()]
    assert places == [
        "north/bad.yaml:3:when",
        "north/bad.yaml:6:severity",
        "north/bad.yaml:5:when",
        "deployment.yaml:5:rules.Loiterer.overrides.0.parameters.second",
        "deployment.yaml:3:rules.Loiterer.cameras.1",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name: [}\n", "x.yaml:1:document"),
        ("name: Loiterer\nwhen: {in_zone: Yard}\n", "x.yaml:1:name"),
        ("\n\n---\n# nothing\n---\nname: X\nwhen: {in_zone: Yard}\nwhos: {}\n", "x.yaml:8:whos"),
        ("&a [*a]", "x.yaml:1:document"),
    ],
)
def test_check_says_where_a_fault_is(folder: Path, text: str, place: str) -> None:
    (folder / "x.yaml").write_text(text)
    done, told = run("check", folder)
    assert not done and told.startswith(place), told


def test_what_the_folder_does_not_hold_stays_unless_it_is_pruned(ada: User, gate: Camera, folder: Path) -> None:
    kept = rule_create(user=ada, document=LONGER.replace("Loiterer", "Mine"), cameras=[gate])
    seen = rule_create(user=ada, document=LONGER.replace("Loiterer", "Seen"), cameras=[gate])
    make_event(gate, seen)
    system = Rule.objects.exclude(system="").count()
    run("apply", folder)
    assert Rule.objects.filter(id=kept.id, enabled=True).exists()
    assert "Mine: deleted" in run("apply", folder, "--prune")[1]
    seen.refresh_from_db()
    assert (Rule.objects.filter(id=kept.id).exists(), seen.enabled) == (False, False)
    assert (Event.objects.count(), Rule.objects.exclude(system="").count()) == (1, system)


def test_what_is_exported_is_read_back_to_the_identical_state(ada: User, gate: Camera, tmp_path: Path) -> None:
    rule = rule_create(user=ada, document=ADAPTABLE, cameras=[gate])
    overrides_set(user=ada, rule=rule, overrides=[OverrideValues(gate, {"seconds": 30}, "Yard")])
    other = rule_create(user=ada, document="---\r\n" + OTHER.replace("\n", "\r\n"), cameras=[])
    rule_update(user=ada, rule=other, change=RuleChange(enabled=False))
    rule_create(user=ada, document=PLAIN.replace("Loiterer", "Planned"), cameras=[gate], draft=True)
    path = tmp_path / "out"
    assert run("export", path)[0]
    assert run("apply", path) == (True, "0 rules changed.\n")
    files = {each.name: each.read_text() for each in path.iterdir()}
    Rule.objects.filter(system="").delete()
    assert run("apply", path)[0]
    assert [(name, enabled) for name, enabled, *_ in state()] == [
        ("Loiterer", True),
        ("Other", False),
        ("Planned", True),
    ]
    assert not Rule.objects.get(name="Planned").versions.filter(state="published").exists()
    assert run("export", path)[0]
    assert {each.name: each.read_text() for each in path.iterdir()} == files


def test_a_draft_that_is_there_is_not_exported_in_place_of_what_runs(ada: User, gate: Camera, tmp_path: Path) -> None:
    rule = rule_create(user=ada, document=PLAIN, cameras=[gate])
    version_save(user=ada, rule=rule, saving=Saving(LONGER))
    run("export", tmp_path / "out")
    assert (tmp_path / "out" / "loiterer.yaml").read_text() == PLAIN


def test_an_export_touches_no_folder_with_other_files(ada: User, gate: Camera, folder: Path) -> None:
    rule_create(user=ada, document=PLAIN, cameras=[gate])
    with pytest.raises(Exception, match=r"several\.yaml"):
        run("export", folder)
    assert not (folder / "loiterer.yaml").exists()
