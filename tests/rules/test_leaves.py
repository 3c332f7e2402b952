"""A rule's text as fields, and changed fields in the text."""

from __future__ import annotations

import pytest

from rules.engine.schema import parse_rule
from rules.leaves import leaves_changed, rule_leaves
from rules.ready_rules import ready_rules

TEXT = """\
# Why this rule is here.
name: Loiterer   # shown on every page
severity: high
parameters: {zone: Yard, seconds: 10}
who: {classes: [person, car], min_confidence: 0.3}
when:
  all:
    - in_zone: $zone
      for: $seconds
    - speed: {below: 2.5}
deduplicate: {cooldown: 30s}
"""


def values(text: str) -> dict[str, str]:
    return {leaf.key: leaf.value for leaf in rule_leaves(text)}


def test_every_plain_value_is_a_field_and_no_reference_is() -> None:
    assert values(TEXT) == {
        "name": "Loiterer",
        "severity": "high",
        "parameters.zone": "Yard",
        "parameters.seconds": "10",
        "who.classes": "person, car",
        "who.min_confidence": "0.3",
        "when.all.1.speed.below": "2.5",
        "deduplicate.cooldown": "30s",
    }


def test_a_changed_value_changes_nothing_else_of_the_text() -> None:
    changed = leaves_changed(TEXT, {"parameters.seconds": "20", "severity": "high"})
    assert changed == TEXT.replace("seconds: 10}", "seconds: 20}")


def test_several_values_change_at_once() -> None:
    changed = leaves_changed(TEXT, {"name": "Lingerer", "who.classes": "truck", "deduplicate.cooldown": "2m"})
    expected = TEXT.replace("Loiterer", "Lingerer").replace("[person, car]", "[truck]").replace("30s", "2m")
    assert changed == expected


@pytest.mark.parametrize(
    "word", ["a: b", "yes, {no}", "#7", '"quoted"', "- dash", "12", "null", "true story: it's", "ÄÖ €", "*x", "!y"]
)
def test_any_text_reads_back_as_it_was_typed(word: str) -> None:
    assert values(leaves_changed(TEXT, {"name": word, "parameters.zone": word}))["name"] == word
    assert values(leaves_changed(TEXT, {"parameters.zone": word}))["parameters.zone"] == word


def test_the_field_of_a_message_tells_what_may_stand_in_it() -> None:
    name, message = rule_leaves("name: A\nmessage: '{rule} at {camera}'\n")
    assert (name.label, message.label) == ("Name", "Message ({rule}, {class_name}, {camera}, {zone})")


def test_a_word_that_is_no_choice_is_offered_too_so_that_the_form_does_not_change_it() -> None:
    (severity,) = [leaf for leaf in rule_leaves("name: A\nseverity: awful\n") if leaf.key == "severity"]
    assert severity.choices == ["awful", "low", "medium", "high", "critical"]


@pytest.mark.parametrize("text", ["", "name: [", "- a list", "a: &x 1\nb: *x\n", "a: 1\n---\nb: 2\n", "{" * 200])
def test_a_text_that_is_no_document_has_no_fields_and_stays_as_it_is(text: str) -> None:
    assert rule_leaves(text) == []
    assert leaves_changed(text, {"a": "2"}) == text


@pytest.mark.parametrize("key", sorted(ready_rules()))
def test_each_ready_rule_survives_its_own_form(key: str) -> None:
    document = ready_rules()[key].document
    shaken = leaves_changed(document, {leaf.key: f" {leaf.value} " for leaf in rule_leaves(document)})
    assert shaken == document
    renamed = leaves_changed(document, {"name": "Another: name"})
    assert parse_rule(renamed).name == "Another: name"


def test_a_text_that_only_the_rules_own_reader_takes_has_no_fields() -> None:
    """A tab after a space: pasted from elsewhere."""
    text = "name: A\nexample: one \ttwo\nwhen: {in_zone: Yard}\n"
    assert parse_rule(text).example == "one \ttwo"
    assert rule_leaves(text) == []
    assert leaves_changed(text, {"name": "B"}) == text


def test_what_is_longer_than_a_document_may_be_has_no_fields() -> None:
    assert rule_leaves("name: A\n# " + "x" * 70_000) == []


def test_labels_name_the_place_of_a_value_among_conditions_and_alternatives() -> None:
    document = (
        "when:\n  all:\n    - in_zone: Yard\n    - any:\n        - pose: {is: [lying]}\n        - not: {moves: 1}\n"
    )
    assert [leaf.label for leaf in rule_leaves(document)] == [
        "Condition 1: in zone",
        "Condition 2, alternative 1: pose is",
        "Condition 2, alternative 2: not moves",
    ]
    assert [leaf.label for leaf in rule_leaves("odd:\n  - {100%: [{a: 1}]}\n")] == ["1. 100% 1: a"]
