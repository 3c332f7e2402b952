"""Rule documents that are no rules are refused in words, whatever they hold."""

from __future__ import annotations

import pytest

from rules.engine.schema import DocumentError, parse_rule

RULE = "name: Yard\nwhen: {type: zone_presence, zone: Floor}\n"


def test_a_rule_is_read() -> None:
    assert parse_rule(RULE).message == "{rule}: {class_name} at {camera}"


@pytest.mark.parametrize("value", ["!!int ''", "!!bool maybe", "!!timestamp soon", "!!float x", "[" * 3000, "9" * 5000])
def test_a_value_that_does_not_fit_its_tag_or_its_reader_is_no_yaml(value: str) -> None:
    with pytest.raises(DocumentError, match="not valid YAML"):
        parse_rule(f"{RULE}severity: {value}")


def test_a_message_that_the_database_cannot_hold_is_refused() -> None:
    with pytest.raises(DocumentError, match="message"):
        parse_rule(f'{RULE}message: "\\0"')


def test_aliases_which_could_unfold_without_end_are_refused() -> None:
    with pytest.raises(DocumentError, match="aliases"):
        parse_rule(f"{RULE}who: &a {{classes: [person]}}\nseverity: *a")
