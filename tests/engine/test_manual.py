"""The manual names every clause and key of the language, and its example can be used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from rules.engine.clauses import CLAUSES, WORDS
from rules.engine.clauses.base import Arguments
from rules.engine.clauses.camera import CameraState
from rules.engine.clauses.pose import PoseIs
from rules.engine.schema import RuleSpec, parse_rule, parse_rules
from rules.folders import folder_read

PROJECT = Path(__file__).resolve().parents[2]
MANUAL, VERSIONS = ((PROJECT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("rules", "rule-versions"))
BLOCKS = re.findall(r"```yaml\n(.*?)```", MANUAL + VERSIONS, re.DOTALL)
FILMS = "".join(each.read_text(encoding="utf-8") for each in (PROJECT / "tests/engine/clauses").glob("test_*.py"))


@pytest.mark.parametrize("word", WORDS)
def test_the_manual_names_every_clause(word: str) -> None:
    assert f"`{word}`" in MANUAL


@pytest.mark.parametrize("word", CLAUSES)
def test_the_manual_names_the_details_of_every_clause(word: str) -> None:
    arguments = CLAUSES[word][0]
    names = {info.alias or name for name, info in arguments.model_fields.items()}
    assert [name for name in names if f"`{name}`" not in MANUAL] in ([], ["missing_classes"])


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_what_the_manuals_show_is_read(number: int, tmp_path: Path) -> None:
    text = BLOCKS[number]
    if text.startswith("# deployment.yaml"):
        (tmp_path / "deployment.yaml").write_text(text, encoding="utf-8")
        rule = "name: Loitering\nparameters: {seconds: 5}\nwhen: {in_zone: {zone: a, for: $seconds}}\n"
        (tmp_path / "rule.yaml").write_text(rule, encoding="utf-8")
        assert folder_read(tmp_path).faults == []
    else:
        assert parse_rules(text)


def test_the_short_forms_of_the_manual_are_read() -> None:
    shown = [each for each in re.findall(r"`(\w+: [^`{]+)`", MANUAL) if each.split(":")[0] in WORDS]
    assert len(shown) >= 8
    for each in shown:
        assert parse_rule(f"name: a\nwhen: {{{each}}}\n")


@pytest.mark.parametrize("word", WORDS)
def test_every_clause_has_films_in_which_it_is_true_and_not(word: str) -> None:
    assert re.search(rf"\b{word}: ", FILMS), "tests/engine/clauses says nothing of it"


@pytest.mark.parametrize("clause", [PoseIs, CameraState])
def test_every_kind_of_a_clause_with_several_has_films(clause: type[Arguments]) -> None:
    (kinds,) = [info for info in clause.model_fields.values() if info.alias == "is"]
    assert [each for each in get_args(kinds.annotation) if each not in FILMS] == []


def test_the_manual_names_every_key_of_a_rule() -> None:
    assert [name for name in RuleSpec.model_fields if f"`{name}`" not in MANUAL] == ["authored"]


def test_the_manuals_example_is_a_rule() -> None:
    example = re.search(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
    assert example is not None
    assert parse_rule(example[1]).zone_kinds() == {"gate": "polygon", "benches": "polygon"}
