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
from rules.engine.doubts import NO_CAMERA, NOT_ON_CAMERA, doubts_of
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


@pytest.mark.parametrize("first", ["camera", "zone"])
def test_a_zones_values_hold_where_the_cameras_own_values_name_it_in_whatever_order(first: str) -> None:
    rows = {"camera": "  - {camera: c, parameters: {zone: yard}}\n", "zone": "  - {zone: yard, parameters: {t: 9}}\n"}
    rows = {first: rows.pop(first), **rows}
    head = "name: a\nparameters: {zone: gate, t: 5}\nwhen: {in_zone: {zone: $zone, for: $t}}\noverrides:\n"
    spec = parse_rule(head + "".join(rows.values()))
    assert [spec.on_camera(each).parameters["t"] for each in ("c", "d")] == [9, 5]


DOUBTFUL = """\
name: a
parameters: {zone: gate, t: 5}
when: {in_zone: {zone: $zone, for: $t}}
overrides:
  - {camera: North, parameters: {t: 6}}
  - camera: Nrth
    parameters: {t: 7}
  - zone: gaet
    parameters: {t: 8}
  - {zone: yard, parameters: {t: 8}}
  - {camera: South, parameters: {zone: yard}}
"""


def test_values_for_what_is_not_there_are_doubted_with_their_lines() -> None:
    def doubts(*on_cameras: str) -> list[str]:
        cameras = frozenset(on_cameras) or None
        found = doubts_of(DOUBTFUL, parse_rule(DOUBTFUL), lambda: ("North", "South"), cameras)
        return [each.sentence for each in found]

    assert doubts() == [
        "line 8: overrides.2.zone: no parameter names “gaet”, so these values hold nowhere; did you mean “gate”?",
        f"line 6: overrides.1.camera: {NO_CAMERA}; did you mean “North”?",
    ]
    assert doubts("North")[2:] == [f"line 11: overrides.4.camera: {NOT_ON_CAMERA}"]


def test_what_a_comment_cuts_off_is_doubted() -> None:
    text = "name: Tor #3\nwhen:\n  all:\n    - in_zone: Gate #2\n    - in_zone: 'Gate #2' # 2\n"
    assert [each.sentence for each in doubts_of(text, parse_rule(text))] == [
        "line 1: name: “#3” is a comment and no part of “Tor”: a text with # needs its quotes",
        "line 4: when.all.0.in_zone: “#2” is a comment and no part of “Gate”: a text with # needs its quotes",
    ]


def test_what_a_comment_cuts_off_in_a_list_is_doubted() -> None:
    text = "name: a\nwhen:\n  in_zone:\n    zone:\n      - Yard\n      - Gate #2\n    for: 5 #2\n"
    (doubt,) = doubts_of(text, parse_rule(text))
    assert doubt.sentence.startswith("line 6: when.in_zone.zone.1: “#2” is a comment and no part of “Gate”:")
    assert doubt.column == 14


@pytest.mark.parametrize(
    "message",
    ["|\n  Tor: Halle #3\n  - Gate #2\n", ">- #3\n  Tor: Halle #3\n", "'Tor\n  Tor: Halle #3'\n", "Tor # Halle #3\n"],
)
def test_what_no_comment_cuts_off_is_not_doubted(message: str) -> None:
    text = f"name: a\nmessage: {message}when: {{in_zone: [Halle, Gate]}}\n"
    assert doubts_of(text, parse_rule(text)) == []


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
            "line 3: when.schedule.from: a time of day such as “22:00”, from 00:00 to 23:59, was expected",
        ),
        ("name: a\nwhen:\n  schedule: {from: '24:00'}\n", "line 3: when.schedule.from: a time of day such as “22:00”"),
        ("name: a\nwhen:\n  schedule: {to: '24:01'}\n", "from 00:00 to 24:00, was expected"),
        (
            "name: a\nwhen:\n  schedule: {days: weekdays}\n",
            "line 3: when.schedule.days: days were expected, such as mon-fri",
        ),
        ("name: a\nwhen: {in_zone: {zone: b, for: true}}\n", "line 2: when.in_zone.for: a number was expected"),
        ("name: a\nwhen: {in_zone: 1}\n", "line 2: when.in_zone: a name or a list of names was expected"),
        (
            "name: a\nwhen:\n  - in_zone: b\n  - speed: {above: 1}\n",
            "line 3: when: one clause was expected here, and not a list: put several under “all” or “any”",
        ),
        (
            "name: a\nwhen: {speed: 30}\n",
            "line 2: when.speed: a mapping of names to values was expected; there are above, below, unit, for, gap",
        ),
        (
            "name: a\nwhen:\n  then:\n    first: {in_zone: b}\n    then: {in_zone: c}\n    within: 5\n",
            "line 5: when.then.then: is not known here",
        ),
        ("name: a\ntags: [Night]\nwhen: {in_zone: b}\n", "line 2: tags.0: small letters, digits and - were expected"),
        (
            "name: a\nmessage: '{persn} at {camera}'\nwhen: {in_zone: b}\n",
            "line 2: message: nothing is known to put in for “{persn}”; there are {rule}, {class_name}",
        ),
        (
            "name: a\nmessage: '{class-name}'\nwhen: {in_zone: b}\n",
            "line 2: message: nothing is known to put in for “{class-name}”; did you mean “class_name”?",
        ),
        (
            "name: a\nwhen:\n  lasting:\n    that: {crosses: b}\n    for: 5\n",
            "line 4: when.lasting.that: this is over in an instant and cannot last",
        ),
        (
            "name: a\nwhen: {not: {lasting: {that: {any: [{tailgating: {line: b}}, {crosses: c}]}, for: 5}}}\n",
            "line 2: when.not.lasting.that: this is over in an instant and cannot last",
        ),
        (
            "name: a\nwhen:\n  all:\n    - crosses: b\n    - crosses: c\n",
            "when.all: two of these are over in an instant and never happen in the same one: “then”",
        ),
        (
            "name: a\nwhen: {count: {at_least: 2, that: {crosses: b}}}\n",
            "line 2: when.count.that: this is over in an instant, so that several never do it at once: use “rate”",
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
            "line 2: when.all.0.in_zone: “b” is named as an area and as a line: no zone is both",
        ),
        (
            "name: a\nparameters: {Zone: b}\nwhen: {in_zone: b}\n",
            "line 2: parameters.Zone: a parameter's name is a small letter, and then small letters, digits and _",
        ),
        ("name: a\nwhen: {in_zone: b, for: 5}\n", "when: “for” stands within its clause: in_zone: {…, for: …}"),
        (
            "name: a\nwhen: {in_zone: b, who: {classes: [car]}}\n",
            "“who” is no clause: it stands beside “when”",
        ),
        ("name: a\nwho: person\nwhen: {in_zone: b}\n", "names to values was expected, such as {classes: [person]}"),
        ("name: a\nwho: {classes: car, truck}\nwhen: {in_zone: b}\n", "in brackets, as in [person, car]"),
        (
            "name: a\nwhen: {speed: {above: 30 km/h}}\n",
            "was expected, without its unit; that is said by “unit”",
        ),
        (
            "name: a\nwhen: {count: {more_than: 3}}\n",
            "is not known here; there are zone, at_least, at_most, who",
        ),
        ("name: a\nwhen: {schedule: {from: 8}}\n", "when.schedule.from: a text was expected, such as “08:00”"),
        ("name: a\nwhen: {in_zone: {zone: b, for: 10m}}\n", "5 min or 1 h 30 min; minutes are written “min”"),
        (
            "name: a\nwhen:\n  in_zone:\n    zone: b\n    for: 5 Minuten\n",
            "line 5: when.in_zone.for: a time is seconds",
        ),
        (
            "name: a\nwhen: {in_zone: {zone: b, for: 5 Minuten}}\n",
            "“minuten” is no unit, there are ms, s, min, h and d",
        ),
        ("name: a\nwhen: {in_zone: {zone: b, for: -5s}}\n", "1 h 30 min; it is not negative"),
        ("name: a\nwhen: {in_zone: {zone: b, for: '5:30'}}\n", "; with a colon it is a time of day"),
        ("name: a\nwhen: {in_zone: {zone: b, for: '1,5 min'}}\n", "; a decimal number is written with a point"),
        ("name: a\nwhen: {in_zone: {zone: b, for: 1,5 min}}\n", "; a decimal number is written with a point"),
        ("name: a\nwhen:\n  speed:\n    above: 7,5\n", "line 4: when.speed.above: a number was expected; a decimal"),
        (
            "name: a\nwho: {min_confidence: 40}\nwhen: {in_zone: b}\n",
            "line 2: who.min_confidence: it should be less than or equal to 1; it is a share: 40 % are 0.4",
        ),
        ("name: a\nwho: {min_confidence: 40%}\nwhen: {in_zone: b}\n", "a number was expected; as a share that is 0.4"),
        ("name: a\nwhen: {in_zone: 3}\n", "a name or a list of names was expected: “3” needs its quotes"),
        (
            "name: a\nwhen:\n  all:\n    - in_zone: b\n    - for: 5s\n",
            "line 5: when.all.1: “for” is no clause: it stands within “in_zone”, “outside”, “near”",
        ),
        ("name: a\nwhen: {zone: b}\n", "“absent”; did you mean “in_zone”?"),
        ("name: a\nwhen: {item: helmet}\n", "line 2: when: “item” is no clause: it stands within “wears”, “lacks”"),
        (
            "name: b\nwhen:\n  all:\n    - in_zone: b\n    - crosses: b\n",
            "line 4: when.all.0.in_zone: “b” is named as an area and as a line",
        ),
        (
            "name: a\nparameters: {z: b}\nwhen:\n  all:\n    - in_zone: $z\n    - crosses: $z\n",
            "line 2: parameters.z: “b” is named as an area and as a line",
        ),
        ("name: a\nwhen: {count: {zone: b, at_least: 0}}\n", "line 2: when.count.at_least: there are always that many"),
        (
            "name: a\nwhen: {all: [{in_zone: b}, {not: {in_zone: b}}]}\n",
            "line 2: when.all: one of these is “not” another",
        ),
        (
            "name: a\nwhen:\n  all:\n    - schedule: {days: mon-fri}\n    - schedule: {days: sat-sun}\n",
            "line 4: when.all: the times of these schedules never meet",
        ),
        (
            "name: a\nwhen: {all: [{schedule: {from: '22:00', to: '6:00'}}, {schedule: {from: '6:00', to: '9:00'}}]}\n",
            "line 2: when.all: the times of these schedules never meet",
        ),
        ("name: 12\nwhen: {in_zone: b}\n", "line 1: name: a text was expected: “12” needs its quotes"),
        ("name: a\nwhen: {IN_ZONE: b}\n", "“IN_ZONE” is no clause; did you mean “in_zone”?"),
        ("name: a\nmessage: {rule} at {camera}\nwhen: {in_zone: b}\n", "a text that begins with { or [ is quoted"),
        ("name: a\nwhen:\n\tin_zone: b\n", "line 3: not valid YAML: while scanning for the next token"),
        ("name: a\nwhen:\n\tin_zone: b\n", "lines are indented by spaces, not tabs"),
        ("name: Zone: b\nwhen: {in_zone: b}\n", "a text with a colon is quoted"),
        (
            "name: a\nparameters:\n  t: 5\n  zone: b\nwhen: {in_zone: {zone: $zone, for: 5}}\n",
            "line 3: parameters.t: nothing uses it: write “$t”, and nothing beside it, where its value is to stand",
        ),
        (
            "name: a\nparameters: {kind: car}\nwho: {classes: '$kind, bus'}\nwhen: {in_zone: b}\n",
            "line 2: parameters.kind: nothing uses it: write “$kind”, and nothing beside it",
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


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("name: a\nwhen: {in_zone: {zone: b, for: 5min-10min}}\n", "such as 90s, 5 min or 1 h 30 min"),
        ("name: a\nwhen: {in_zone: {zone: b, for: a-b}}\n", "such as 90s, 5 min or 1 h 30 min"),
        ("name: a\nwho: {min_confidence: 1.5}\nwhen: {in_zone: b}\n", "it should be less than or equal to 1"),
        ("name: a\nwho: {min_confidence: 2}\nwhen: {in_zone: b}\n", "it is a share: 2 % are 0.02"),
    ],
)
def test_what_the_author_may_not_have_meant_is_not_said(text: str, end: str) -> None:
    (problem,) = refused(text).problems
    assert problem.endswith(end)


def test_a_parameter_whose_name_is_written_otherwise_where_it_is_used_is_one_fault() -> None:
    text = "name: a\nparameters: {zone: b}\nwhen: {in_zone: {zone: $zoen}}\n"
    assert len(refused(text).problems) == 1


@pytest.mark.parametrize(
    "when",
    [
        "{lasting: {that: {any: [{crosses: b}, {in_zone: c}]}, for: 5}}",
        "{all: [{in_zone: b}, {not: {in_zone: {zone: b, for: 5}}}]}",
        "{count: {zone: b, at_least: 0, at_most: 3}}",
        "{all: [{schedule: {days: sun, from: '22:00', to: '06:00'}}, {schedule: {days: mon, to: '01:00'}}]}",
        "{all: [{schedule: {days: mon-fri}}, {schedule: {days: sat-sun, holidays: included}}]}",
        "{lasting: {that: {rate: {that: {crosses: b}, at_least: 3, within: 9}}, for: 5}}",
        "{all: [{crosses: b}, {in_zone: c}, {not: {crosses: d}}]}",
        "{all: [{crosses: b}, {then: {first: {in_zone: c}, next: {crosses: b}, within: 9}}]}",
        "{count: {at_least: 1, that: {crosses: b}}}",
    ],
)
def test_what_an_instant_can_fulfil_is_read(when: str) -> None:
    parse_rule(f"name: a\nwhen: {when}\n")


def test_one_name_needs_no_list_and_days_are_read_in_capitals_too() -> None:
    spec = parse_rule(
        "name: a\nwho:\n  classes: person, dog\nwhen:\n  all:\n    - near: {classes: car, within: 1}\n"
        "    - schedule: {days: [Mon-Tue, tue, Sun]}\n"
    )
    near, schedule = spec.model_dump()["when"]["all"]
    assert (spec.who.classes, near["near"]["classes"]) == (("person", "dog"), ("car",))
    assert schedule["schedule"]["days"] == ("mon", "tue", "sun")


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
    assert schema["$defs"]["Schedule"]["properties"]["from"]["anyOf"][1]["description"] == "a parameter"
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
