"""The manual names every clause and key of the language, and its example can be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.engine.clauses import CLAUSES, WORDS
from rules.engine.schema import RuleSpec, parse_rule

MANUAL = (Path(__file__).resolve().parents[2] / "docs/rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", WORDS)
def test_the_manual_names_every_clause(word: str) -> None:
    assert f"`{word}`" in MANUAL


@pytest.mark.parametrize("word", CLAUSES)
def test_the_manual_names_the_details_of_every_clause(word: str) -> None:
    arguments = CLAUSES[word][0]
    names = {info.alias or name for name, info in arguments.model_fields.items()}
    assert [name for name in names if f"`{name}`" not in MANUAL] in ([], ["missing_classes"])


def test_the_manual_names_every_key_of_a_rule() -> None:
    assert [name for name in RuleSpec.model_fields if f"`{name}`" not in MANUAL] == ["authored"]


def test_the_manuals_example_is_a_rule() -> None:
    example = re.search(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
    assert example is not None
    assert parse_rule(example[1]).zone_kinds() == {"gate": "polygon", "benches": "polygon"}
