"""Rule documents: what can be written, and that what cannot is refused in words, whatever it holds."""

from __future__ import annotations

import json
import re
import time
import tracemalloc
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.engine.clauses import WORDS
from rules.engine.schema import DocumentError, RuleSpec, parse_rule, parse_rules, rule_json_schema

RULE = "name: Yard\nwhen: {type: zone_presence, zone: Floor}\n"
LOITERING = """\
name: Loitering at the gate
parameters: {zone: gate, seconds: 60}
overrides:
  - camera: North gate
    parameters: {seconds: 30}
  - zone: yard
    parameters: {seconds: 5 min}
who: {classes: [person], min_confidence: 0.4}
when:
  all:
    - in_zone: {zone: $zone, for: $seconds, gap: 2}
    - not:
        speed: {above: 1.5}
"""


def refused(text: str) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parse_rule(text)
    return caught.value


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


def test_what_was_read_can_be_written_and_read_again() -> None:
    spec = parse_rule(LOITERING)
    assert RuleSpec.model_validate(json.loads(json.dumps(spec.model_dump(mode="json")))) == spec


@pytest.mark.parametrize(
    ("camera", "zone", "seconds"),
    [("South gate", "gate", 60), ("North gate", "gate", 30), ("South gate", "yard", 300), ("North gate", "yard", 300)],
)
def test_parameters_have_other_values_on_other_cameras_and_zones(camera: str, zone: str, seconds: float) -> None:
    spec = parse_rule(LOITERING).with_parameters({"zone": zone}).on_camera(camera)
    (inside, _) = spec.model_dump()["when"]["all"]
    assert inside["in_zone"] == {"zone": (zone,), "for": seconds, "gap": 2.0, "point": "bottom", "overlap": None}


def test_a_value_that_does_not_fit_is_refused_for_its_camera() -> None:
    with pytest.raises(ValueError, match="for"):
        parse_rule(LOITERING).with_parameters({"seconds": "soon"})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("1.5 min", 90),
        ("1 h 30 min", 5400),
        ("500 ms", 0.5),
        ("2 hours", 7200),
        ("1 day", 86_400),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    spec = parse_rule(f"name: a\nwhen: {{in_zone: {{zone: b, for: {text}}}}}")
    assert spec.model_dump()["when"]["in_zone"]["for"] == seconds


@pytest.mark.parametrize(
    "text", ["soon", "5 parsecs", "-5s", "5 s 5", ".inf", ".nan", "1e300", "[1]", "{a: 1}", "true s"]
)
def test_what_is_no_duration(text: str) -> None:
    assert "when.in_zone.for" in refused(f"name: a\nwhen: {{in_zone: {{zone: b, for: {text}}}}}").problems[0]


def test_the_zones_and_models_that_a_rule_needs_are_known() -> None:
    spec = parse_rule(
        "name: a\nwho: {model: forklifts}\nwhen:\n  all:\n    - in_zone: [b, c]\n    - not: {crosses: d}\n"
        "    - count: {zone: e, at_least: 2, that: {heading: {along: f}}}\n"
        "    - lacks: helmet\n    - pose: {is: lying, uses: box}\n"
    )
    assert spec.zone_kinds() == {"b": "polygon", "c": "polygon", "d": "line", "e": "polygon", "f": "line"}
    assert spec.models_needed() == {"detector", "forklifts", "ppe"}
    assert parse_rule(RULE).zone_names() == {"Floor"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: a\nwhen:\n  in_zoen: gate\n", "line 3: when: “in_zoen” is no clause; did you mean “in_zone”?"),
        (
            "name: a\nwhen:\n  all:\n    - in_zone:\n        zone: gate\n        fro: 3\n",
            "line 6: when.all.0.in_zone.fro: is not known here; did you mean “for”?",
        ),
        ("name: a\nwhen:\n  in_zone: {for: 3}\n", "line 3: when.in_zone.zone: is missing"),
        ("name: a\n", "line 1: when: is missing"),
        (
            "name: a\nseverety: high\nwhen: {in_zone: b}\n",
            "line 2: severety: is not known here; did you mean “severity”?",
        ),
        (
            "name: a\nseverity: hihg\nwhen: {in_zone: b}\n",
            "line 2: severity: one of low, medium, high, critical was expected; did you mean “high”?",
        ),
        ("name: a\nwhen:\n  in_zone: b\n  speed: {above: 1}\n", "put them in a list under “all”"),
        ("name: a\nwhen: {speed: {above: fast}}\n", "line 2: when.speed.above: a number was expected"),
        ("name: a\nwhen: {speed: {above: .nan}}\n", "line 2: when.speed.above: a number was expected"),
        ("name: a\nwhen: {speed: {above: 1.0e400}}\n", "line 2: when.speed.above: a number was expected"),
        ("name: a\nwhen: {speed: {above: 123456789123456789}}\n", "line 2: when.speed.above: it should be less than"),
        ("name: a\nwhen: {speed: {}}\n", "line 2: when.speed: a speed needs “above”, “below” or both"),
        ("name: a\nwhen: {count: {at_least: 2.5}}\n", "line 2: when.count.at_least: a whole number was expected"),
        ("name: a\nwhen: {all: {in_zone: b}}\n", "line 2: when.all: a list was expected"),
        ("name: a\nname: b\nwhen: {in_zone: b}\n", "line 2: not valid YAML: the key “name” is there twice"),
        (
            "name: a\nparameters: {zone: b}\nwhen:\n  in_zone: {zone: $zoen}\n",
            "line 4: when.in_zone.zone: there is no parameter “zoen” under “parameters”; did you mean “zone”?",
        ),
        (
            "name: a\nparameters: {t: soon}\nwhen:\n  in_zone: {zone: b, for: $t}\n",
            "line 4: when.in_zone.for: a time is seconds, or a number with a unit",
        ),
        ("name: a\nwhen: {in_zone: b}\nauthored: {}\n", "line 3: authored: is not known here"),
        ("name: a\nwhen: {type: zone_presence}\n", "line 2: when.zone: is missing"),
        ("name: a\nwhen: {type: zone_presense, zone: b}\n", "line 2: when: a clause was expected"),
        ("- a\n- b\n", "line 1: document: a rule is a mapping of names to values"),
        ("", "a rule is a mapping of names to values"),
        ("name: a\nwhen: [\n", "line 3: not valid YAML"),
        ("name: a\ntags: !!set a\nwhen: {in_zone: b}\n", "line 2: not valid YAML: values are texts, numbers"),
        ("name: !!binary a\nwhen: {in_zone: b}\n", "line 1: not valid YAML: values are texts, numbers"),
        ("name: a\nwhen: {in_zone: !!timestamp 2001-01-01 b}\n", "line 2: not valid YAML: values are texts, numbers"),
        (
            "name: a\nwhen: {not: {in_zone: <b>}}\n",
            "line 2: when.not.in_zone: a name without < and > was expected",
        ),
        (
            "name: a\nwhen:\n  schedule: {from: '25:00'}\n",
            "line 3: when.schedule.from: a time of day such as “22:00”, from 00:00 to 24:00, was expected",
        ),
        ("name: a\nwhen: {all: []}\n", "line 2: when.all: needs at least 1"),
        (
            "name: a\nwhen: {count: {at_least: 5, at_most: 2}}\n",
            "line 2: when.count: “at_least” is more than “at_most”",
        ),
        ("name: a\nwhen: {speed: {above: 5, below: 5}}\n", "line 2: when.speed: “above” is not less than “below”"),
        (
            "name: a\nwho: {min_height: 0.5, max_height: 0.4}\nwhen: {in_zone: b}\n",
            "line 2: who: “min_height” is more than “max_height”",
        ),
        (
            "name: a\nwhen: {all: [{in_zone: b}, {crosses: b}]}\n",
            "line 2: when: “b” is named as an area and as a line: no zone is both",
        ),
        (
            "name: a\nparameters: {Zone: b}\nwhen: {in_zone: b}\n",
            "line 2: parameters.Zone: a parameter's name is a small letter, and then small letters, digits and _",
        ),
        (
            "name: a\nparameters: {t: 5}\noverrides:\n  - parameters: {s: 6}\nwhen: {in_zone: {zone: b, for: $t}}\n",
            "line 4: overrides.0.parameters.s: there is no parameter of that name",
        ),
        (
            "name: a\nparameters: {t: 5}\noverrides:\n  - camera: c\n    parameters: {t: soon}\n"
            "when: {in_zone: {zone: b, for: $t}}\n",
            "line 5: overrides.0.parameters.t: does not fit when.in_zone.for: a time is seconds",
        ),
    ],
)
def test_a_fault_says_where_it_is_and_what_was_expected(text: str, sentence: str) -> None:
    error = refused(text)
    assert any(sentence in problem for problem in error.problems), error.problems


def test_an_editor_gets_the_place_of_each_fault() -> None:
    (fault,) = refused("name: a\nwhen:\n  in_zone:\n    zone: b\n    for: soon\n").faults
    assert (fault.path, fault.line, fault.column) == ("when.in_zone.for", 5, 10)


def test_a_list_of_faulty_parts_is_not_called_too_short_as_well() -> None:
    error = refused("name: a\nwhen:\n  all:\n    - spede: {above: x}\n    - in_zone: {fro: 3, zone: b}\n")
    assert [fault.path for fault in error.faults] == ["when.all.0", "when.all.1.in_zone.fro"]


def test_several_rules_stand_in_one_file() -> None:
    assert [rule.name for rule in parse_rules(RULE + "---\n" + LOITERING)] == ["Yard", "Loitering at the gate"]
    assert refused(RULE + "---\n" + LOITERING).problems == ["one document is one rule"]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
HOSTILE = {
    "an alias bomb": BOMB,
    "a merge bomb": "a: &a {x: 1}\nb: {<<: *a}\n",
    "depth of lists": "name: a\nwhen: " + "[" * 10_000 + "]" * 10_000,
    "depth of mappings": "name: a\nwhen: " + "{a: " * 10_000 + "1" + "}" * 10_000,
    "depth by indentation": "".join(" " * depth + "a:\n" for depth in range(300)),
    "depth of clauses": "name: a\nwhen: " + "{not: " * 200 + "{in_zone: b}" + "}" * 200,
    "many clauses": "name: a\nwhen: {all: [" + ", ".join(["{in_zone: b}"] * 4000) + "]}",
    "many keys": "".join(f"k{number}: 1\n" for number in range(6000)),
    "many faults": "name: a\nwhen: {all: ["
    + ", ".join(["{in_zone: {zone: b, x: 1}}"] * 16)
    + "]}\n"
    + "".join(f"k{n}: 1\n" for n in range(3000)),
    "many overrides": "name: a\nparameters: {t: 5}\noverrides:\n"
    + "- {camera: c, parameters: {t: x}}\n" * 450
    + "when: {all: ["
    + ", ".join(["{any: [" + ", ".join(["{in_zone: {zone: b, for: $t}}"] * 16) + "]}"] * 12)
    + "]}",
    "a huge number": "name: a\nwhen: {in_zone: {zone: b, for: " + "9" * 4000 + "}}",
    "a huge text": "name: " + "a" * 63_000 + "\nwhen: {in_zone: b}",
    "a huge duration": "name: a\nwhen: {in_zone: {zone: b, for: '" + "1 s " * 10_000 + "'}}",
    "a document too long": RULE + "# " + "x" * 70_000,
    "an object to make": "name: !!python/object/apply:os.system ['true']\nwhen: {in_zone: b}",
    "a key that is a list": "? [a, b]\n: c\n",
    "no text at all": "\x00\x01\x02",
    "half a surrogate": "name: \ud800\nwhen: {in_zone: b}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_documents_are_refused_in_bounded_time_and_memory(text: str) -> None:
    tracemalloc.start()
    begun = time.process_time()
    error = refused(text)
    assert time.process_time() - begun < 5
    assert tracemalloc.get_traced_memory()[1] < 64_000_000
    tracemalloc.stop()
    assert 1 <= len(error.problems) <= 20
    assert all(len(problem) < 1000 for problem in error.problems)


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["5s", "$a", "gate"])
)
words = st.sampled_from(
    [*WORDS, "zone", "for", "that", "classes", "above", "line", "type", "who", "is", "within", "item"]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
keys = st.sampled_from([*RuleSpec.model_fields, "unknown"])


@settings(deadline=None, max_examples=80)
@given(st.dictionaries(keys, values, max_size=6), st.dictionaries(words, values, min_size=1, max_size=2))
def test_any_tree_ischeck_read_or_refused_in_words(document: dict[str, Any], when: dict[str, Any]) -> None:
    check_read_or_refused(yaml.safe_dump({"name": "a", **document, "when": when}, allow_unicode=True))


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_a_damaged_document_ischeck_read_or_refused_in_words(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(LOITERING)))
    until = data.draw(st.integers(at, min(len(LOITERING), at + 8)))
    check_read_or_refused(LOITERING[:at] + data.draw(st.text(max_size=6)) + LOITERING[until:])


def check_read_or_refused(text: str) -> None:
    try:
        spec = parse_rule(text)
    except DocumentError as error:
        assert error.problems and all(problem for problem in error.problems)
    else:
        assert RuleSpec.model_validate(spec.model_dump(mode="json")) == spec


def test_the_schema_for_editors_knows_every_clause_and_bare_values_and_parameters() -> None:
    schema = rule_json_schema()
    text = json.dumps(schema)
    assert all(f'"{word}"' in text for word in WORDS)
    assert "authored" not in schema["properties"]
    zone = schema["$defs"]["InZone"]
    assert zone["anyOf"][1]["properties"]["for"]
    references = set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', text))
    assert references <= set(schema["$defs"])


def test_every_clause_is_described_for_authors() -> None:
    definitions: Mapping[str, Any] = rule_json_schema()["$defs"]
    for name, definition in definitions.items():
        words_ = definition["anyOf"][-1] if "anyOf" in definition else definition
        if "for" in words_.get("properties", {}):
            assert words_.get("description"), name
