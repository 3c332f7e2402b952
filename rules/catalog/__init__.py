"""Ready rules: a YAML file for each field of use, each rule with parameters to adapt to a camera."""

from __future__ import annotations

from pathlib import Path

from rules.engine.schema import RuleSpec, parse_rules

FIELDS = ("ppe", "safety", "security", "traffic", "operations")
FOLDER = Path(__file__).parent


def catalog_rules(field: str) -> list[RuleSpec]:
    """The rules of one of ``FIELDS``, in the order of the file."""
    return parse_rules((FOLDER / f"{field}.yaml").read_text(encoding="utf-8"))


def catalog() -> dict[str, list[RuleSpec]]:
    return {field: catalog_rules(field) for field in FIELDS}
