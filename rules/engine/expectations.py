"""What was expected where a rule document does not fit: a plain sentence for each of pydantic's faults."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic_core import ErrorDetails

from rules.engine.basics import POINT, Document, Who
from rules.engine.clauses import CLAUSES, WORDS
from rules.engine.clauses.schedule import CLOCK, CLOCK_END
from rules.engine.rule import TAG, Deduplicate, Override, RuleSpec
from rules.engine.yaml_reading import Path

PLAIN = {
    "missing": "is missing",
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), "a number was expected"),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "a whole number was expected"),
    **dict.fromkeys(("model_type", "dict_type", "model_attributes_type"), "a mapping of names to values was expected"),
    **dict.fromkeys(("tuple_type", "list_type"), "a list was expected"),
    "string_type": "a text was expected",
}
"""By pydantic's kind of error."""
WRITTEN = {
    CLOCK: "a time of day such as “22:00”, from 00:00 to 23:59, was expected",
    CLOCK_END: "a time of day such as “22:00”, from 00:00 to 24:00, was expected",
    TAG: "small letters, digits and - were expected, such as “after-hours”",
    r"^[^<>]+$": "a name without < and > was expected",
}
"""By the pattern that a text has to match."""
PARAMETER_NAME = "a parameter's name is a small letter, and then small letters, digits and _"
PARAMETER = "a number, a text of up to 64 characters, true, false or a list of names was expected"
MAPPINGS: Mapping[str | int, type[Document]] = MappingProxyType(
    {"who": Who, "deduplicate": Deduplicate, "overrides": Override}
)
"""By the key under which they stand."""
OF_ALL = ("for", "gap")
WITH_UNIT = re.compile(r"[0-9]+(\.[0-9]+)?\s*[A-Za-z/_]+")
SHOULD = re.compile(r"^\w+ should")
COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+.*")
AFTER_A_COMMA = re.compile(r"[0-9]+\s*[A-Za-z%]*")
PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")


def path_in(location: tuple[str | int, ...], data: object, *, is_key: bool) -> Path:
    """The location without the names of the union's members, which the author never wrote."""
    path: list[str | int] = []
    here: Any = data
    written = _without_doubles(location)
    for position, part in enumerate(written):
        last = position == len(written) - 1
        if _holds(here, part):
            here = here[part]
        elif not (is_key and last):
            continue
        path.append(part)
    return tuple(path)


def _without_doubles(location: tuple[str | int, ...]) -> list[str | int]:
    """The name of a union's member that is a clause stands before the clause's word, which is the same."""
    found: list[str | int] = []
    is_second = False
    for part in location:
        is_second = not is_second and part in WORDS and found[-1:] == [part]
        if not is_second:
            found.append(part)
    return found


def _holds(here: object, part: int | str) -> bool:
    return part in here if isinstance(here, dict) else isinstance(here, list) and isinstance(part, int)


def expected(item: ErrorDetails, path: Path, data: object) -> str:
    kind, given = item["type"], _at(path, data)
    if "parameters" in path and item["loc"][-1] == "[key]":
        return PARAMETER_NAME
    if path[-2:-1] == ("parameters",):
        return PARAMETER
    if kind in PLAIN:
        return PLAIN[kind] + _more_of(item, given)
    if kind == "extra_forbidden":
        return _unknown_word(item, path, given)
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _clause_expected(given)
    if kind in ("literal_error", "enum"):
        named = str(item.get("ctx", {}).get("expected", ""))
        words = [word.strip(" '") for word in named.replace(" or ", ", ").split(",")]
        return f"one of {', '.join(words)} was expected{hint(str(given), words)}"
    if kind == "string_pattern_mismatch":
        return WRITTEN.get(item["ctx"]["pattern"], f"“{str(given)[:64]}” is not written as it has to be here")
    if kind == "too_short":
        return f"needs at least {item['ctx']['min_length']}"
    return SHOULD.sub("it should", str(item["msg"]).removeprefix("Value error, ")) + _more_of(item, given)


def _more_of(item: ErrorDetails, given: object) -> str:
    """What helps with such a value."""
    kind, location = item["type"], item["loc"]
    if kind == "model_type":
        written = f", such as {{classes: [{given}]}}" if location[-1:] == ("who",) and isinstance(given, str) else ""
        return written + _words_within(location)
    if kind == "string_type" and location[-1] in ("from", "to"):
        return ", such as “08:00”"
    if kind in ("string_type", "names_type") and isinstance(given, int | float):
        return f": “{given}” needs its quotes"
    if kind == "less_than_equal" and item["ctx"]["le"] == 1 and isinstance(given, int | float) and 2 <= given <= 100:
        return f"; it is a share: {given:g} % are {given / 100:g}"
    return _more_of_number(given.strip(), location) if kind == "float_parsing" and isinstance(given, str) else ""


def _more_of_number(given: str, location: tuple[str | int, ...]) -> str:
    if COMMA.fullmatch(given):
        return POINT
    if percent := PERCENT.fullmatch(given):
        return f"; as a share that is {float(percent[1]) / 100:g}"
    if WITH_UNIT.fullmatch(given):
        has_unit = "unit" in _known_words((*location[:-1], ""))
        return ", without its unit" + ("; that is said by “unit”" if has_unit else "")
    return ""


def _unknown_word(item: ErrorDetails, path: Path, given: object) -> str:
    word, known = str(path[-1]), _known_words(item["loc"])
    told = hint(word, known)
    if not told and given is None and AFTER_A_COMMA.fullmatch(word):
        told = POINT
    elif not told and given is None:
        told = "; between braces, several are written in brackets, as in [person, car]"
    return f"is not known here{told or '; there are ' + ', '.join(sorted(known, key=OF_ALL.__contains__))}"


def _clause_expected(given: object) -> str:
    if isinstance(given, list):
        return "one clause was expected here, and not a list: put several under “all” or “any”"
    if isinstance(given, dict) and len(given) == 1:
        word = str(next(iter(given)))
        if owners := [clause for clause in CLAUSES if word in _details(clause)]:
            return f"“{word}” is no clause: it stands within “{'”, “'.join(owners)}”{hint(word, owners)}"
        return f"“{word[:40]}” is no clause{hint(word, WORDS)}; there are {', '.join(WORDS)}"
    if isinstance(given, dict) and len(given) > 1 and "type" not in given:
        if told := _beside_a_clause(given):
            return told
        names = ", ".join(str(each)[:40] for each in list(given)[:6])
        return f"a clause has one word, and here are {len(given)} ({names}): put them in a list under “all”"
    return f"a clause was expected: one of {', '.join(WORDS)}"


def _beside_a_clause(given: Mapping[str, object]) -> str:
    """Of a detail that stands beside its clause, or what belongs to the rule, where it is to stand; or empty."""
    clauses = [each for each in given if each in CLAUSES]
    others = [each for each in given if each not in WORDS]
    for word in others if len(clauses) == 1 else ():
        if word in _details(clauses[0]):
            return f"“{word}” stands within its clause: {clauses[0]}: {{…, {word}: …}}"
        if word in RuleSpec.model_fields:
            return f"“{word}” is no clause: it stands beside “when”, at the beginning of a line"
    return ""


def _details(clause: str) -> list[str]:
    return [info.alias or name for name, info in CLAUSES[clause][0].model_fields.items()]


def _known_words(location: tuple[str | int, ...]) -> list[str]:
    """The words allowed beside the one at the end of the location."""
    model: type[Document] = RuleSpec
    for part in location[:-1]:
        if part in CLAUSES:
            model = CLAUSES[str(part)][0]
        model = MAPPINGS.get(part, model)
    return [info.alias or name for name, info in model.model_fields.items() if name != "authored"]


def _words_within(location: tuple[str | int, ...]) -> str:
    return f"; there are {', '.join(sorted(_known_words((*location, '')), key=OF_ALL.__contains__))}"


def _at(path: Path, data: object) -> object:
    """What stands there; None where nothing does."""
    here: Any = data
    for part in path:
        if not _holds(here, part):
            return None
        here = here[part]
    return here


def hint(word: str, known: Iterable[str]) -> str:
    written = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word[:64].lower(), list(written), 1)
    return f"; did you mean “{written[near[0]]}”?" if near else ""
