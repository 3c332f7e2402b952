"""Reading a rule's YAML: a typed tree, or plain sentences that say in which line what was expected."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rules.engine.basics import Document, Who
from rules.engine.clauses import CLAUSES, WORDS
from rules.engine.clauses.schedule import CLOCK
from rules.engine.rule import REFERENCE, RuleSpec, filled_in
from rules.engine.yaml_reading import KEY, Mark, Path, YamlFaultError, read_documents

MAX_DOCUMENT_BYTES = 64_000
MAX_FOLDER_DOCUMENT_BYTES = 1_000_000
MOST_FAULTS = 20
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
    CLOCK: "a time of day such as “22:00”, from 00:00 to 24:00, was expected",
    r"^[^<>]+$": "a name without < and > was expected",
}
"""By the pattern that a text has to match."""
PARAMETER_NAME = "a parameter's name is a small letter, and then small letters, digits and _"
MOST_TRIED = 100
"""So many of a document's overrides are tried."""
PARAMETER = "a number, a text, true, false or a list of names was expected"
SHOULD = re.compile(r"^\w+ should")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: its path in the document, what was expected there, and the place in the text."""

    path: str
    expected: str
    line: int | None = None
    column: int | None = None

    @property
    def sentence(self) -> str:
        where = f"line {self.line}: " if self.line is not None else ""
        return f"{where}{self.path + ': ' if self.path else ''}{self.expected}"


class DocumentError(ValueError):
    """A rule document that cannot be used; ``problems`` holds one plain sentence per fault, each with its path."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        self.problems = [fault.sentence for fault in self.faults]
        super().__init__("; ".join(self.problems))


def parse_rule(text: str) -> RuleSpec:
    """Read a YAML rule document.

    Raises:
        DocumentError: it is too long, not YAML, or does not fit the schema.
    """
    specs = parse_rules(text, most_bytes=MAX_DOCUMENT_BYTES)
    if len(specs) != 1:
        raise DocumentError([Fault("", "one document is one rule")])
    return specs[0]


def parse_rules(text: str, *, most_bytes: int = MAX_FOLDER_DOCUMENT_BYTES) -> list[RuleSpec]:
    """Read a YAML text of one rule, or of several divided by ``---`` lines; raises ``DocumentError``."""
    if len(text.encode(errors="replace")) > most_bytes:
        raise DocumentError([Fault("", f"the document is longer than {most_bytes} bytes")])
    try:
        documents = read_documents(text)
    except YamlFaultError as fault:
        place = (fault.mark.line, fault.mark.column) if fault.mark else (None, None)
        raise DocumentError([Fault("", f"not valid YAML: {fault.sentence}", *place)]) from fault
    if not documents:
        raise DocumentError([Fault("", "a rule is a mapping of names to values", 1, 1)])
    return [_rule(data, marks) for data, marks in documents]


def _rule(data: object, marks: Mapping[Path, Mark]) -> RuleSpec:
    if not isinstance(data, dict):
        raise DocumentError([_fault((), "a rule is a mapping of names to values", marks)])
    faults = [*_unknown_parameters(data, marks)]
    if "authored" in data:
        faults.append(_fault(("authored",), "is not known here", marks))
    if faults:
        raise DocumentError(faults[:MOST_FAULTS])
    try:
        spec = RuleSpec.model_validate(data)
    except ValidationError as error:
        items = _without_consequences(error.errors(include_url=False))
        found = [_pydantic_fault(item, data, marks) for item in items[:MOST_FAULTS]]
        raise DocumentError(dict.fromkeys(found)) from error
    if faults := [*_zones_of_two_kinds(spec, marks), *_unfit_overrides(spec, marks)]:
        raise DocumentError(faults[:MOST_FAULTS])
    return spec


def _zones_of_two_kinds(spec: RuleSpec, marks: Mapping[Path, Mark]) -> Iterable[Fault]:
    kinds = spec.zone_kinds()
    for name in sorted({name for name, kind in spec.zones_named() if kinds[name] != kind}):
        yield _fault(("when",), f"“{name}” is named as an area and as a line: no zone is both", marks)


def _unfit_overrides(spec: RuleSpec, marks: Mapping[Path, Mark]) -> Iterable[Fault]:
    """Values with which the rule would be left out on a camera."""
    for number, override in enumerate(spec.overrides[:MOST_TRIED]):
        document = {**(spec.authored or {}), "overrides": [], "parameters": spec.parameters | override.parameters}
        try:
            RuleSpec.model_validate(document)
        except ValidationError as error:
            item, names = error.errors(include_url=False)[0], list(override.parameters)
            filled = filled_in(document, document["parameters"])
            unfit = _pydantic_fault(item, filled, {})
            path = ("overrides", number, "parameters", *(names if len(names) == 1 else ()))
            yield _fault(path, f"does not fit {unfit.path}: {unfit.expected}", marks)


def _unknown_parameters(data: Mapping[str, object], marks: Mapping[Path, Mark]) -> Iterable[Fault]:
    given = data.get("parameters") or {}
    known = given if isinstance(given, dict) else {}
    for path, name in _references({key: each for key, each in data.items() if key not in ("parameters", "overrides")}):
        if name not in known:
            hint = _hint(name, known)
            yield _fault(path, f"there is no parameter “{name}” under “parameters”{hint}", marks)
    overrides = data.get("overrides")
    for number, override in enumerate(overrides if isinstance(overrides, list) else []):
        values = override.get("parameters") if isinstance(override, dict) else None
        for name in values if isinstance(values, dict) else ():
            if name not in known:
                path = ("overrides", number, "parameters", name)
                yield _fault(path, f"there is no parameter of that name{_hint(str(name), known)}", marks)


def _references(value: object, path: Path = ()) -> Iterable[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _references(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _references(each, (*path, index))
    elif isinstance(value, str) and (match := REFERENCE.fullmatch(value)):
        yield path, match[1]


def _pydantic_fault(item: ErrorDetails, data: object, marks: Mapping[Path, Mark]) -> Fault:
    path = path_in(item["loc"], data, is_key=item["type"] in ("missing", "extra_forbidden"))
    if item["type"] == "extra_forbidden":
        return _fault(path, _expected(item, path, data), {path: marks.get((*path, KEY), Mark(1, 1))})
    return _fault(path, _expected(item, path, data), marks)


def path_in(location: tuple[str | int, ...], data: object, *, is_key: bool) -> Path:
    """The location without the names of the union's members, which the author never wrote."""
    path: list[str | int] = []
    here: Any = data
    for position, part in enumerate(location):
        last = position == len(location) - 1
        if _holds(here, part):
            here = here[part]
        elif not (is_key and last):
            continue
        path.append(part)
    return tuple(path)


def _without_consequences(items: list[ErrorDetails]) -> list[ErrorDetails]:
    """A list may be called too short only because what is in it is wrong: that is said already."""
    outer = {item["loc"][:end] for item in items for end in range(len(item["loc"]))}
    return [item for item in items if item["type"] != "too_short" or item["loc"] not in outer]


def _holds(here: object, part: int | str) -> bool:
    return part in here if isinstance(here, dict) else isinstance(here, list) and isinstance(part, int)


def _expected(item: ErrorDetails, path: Path, data: object) -> str:
    kind = item["type"]
    if item["loc"][-1:] == ("[key]",) and "parameters" in path:
        return PARAMETER_NAME
    if len(path) > 1 and path[-2] == "parameters" and not isinstance(_at(path, data), str | list):
        return PARAMETER
    if kind in PLAIN:
        return PLAIN[kind]
    if kind == "extra_forbidden":
        return f"is not known here{_hint(str(path[-1]), _known_words(item['loc']))}"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _clause_expected(_at(path, data))
    if kind in ("literal_error", "enum"):
        expected = str(item.get("ctx", {}).get("expected", ""))
        words = [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]
        return f"one of {', '.join(words)} was expected{_hint(str(_at(path, data)), words)}"
    if kind == "string_pattern_mismatch" and item["ctx"]["pattern"] in WRITTEN:
        return WRITTEN[item["ctx"]["pattern"]]
    if kind == "too_short":
        return f"needs at least {item['ctx']['min_length']}"
    if kind == "string_pattern_mismatch":
        return f"“{str(_at(path, data))[:64]}” is not written as it has to be here"
    return SHOULD.sub("it should", str(item["msg"]).removeprefix("Value error, "))


def _clause_expected(given: object) -> str:
    if isinstance(given, dict) and len(given) == 1:
        word = str(next(iter(given)))
        return f"“{word[:40]}” is no clause{_hint(word, WORDS)}; there are {', '.join(WORDS)}"
    if isinstance(given, dict) and len(given) > 1 and "type" not in given:
        names = ", ".join(str(each)[:40] for each in list(given)[:6])
        return f"a clause has one word, and here are {len(given)} ({names}): put them in a list under “all”"
    return f"a clause was expected: one of {', '.join(WORDS)}"


def _known_words(location: tuple[str | int, ...]) -> list[str]:
    """The words allowed beside the one at the end of the location."""
    model: type[Document] = RuleSpec
    for part in location[:-1]:
        if part in CLAUSES:
            model = CLAUSES[str(part)][0]
        elif part == "who":
            model = Who
    return [info.alias or name for name, info in model.model_fields.items() if name != "authored"]


def _at(path: Path, data: object) -> object:
    here: Any = data
    for part in path:
        here = here[part]
    return here


def _hint(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word[:64], list(known), 1)
    return f"; did you mean “{near[0]}”?" if near else ""


def _fault(path: Path, expected: str, marks: Mapping[Path, Mark]) -> Fault:
    mark = next((marks[path[:end]] for end in range(len(path), -1, -1) if path[:end] in marks), None)
    shown = ".".join(str(part)[:64] for part in path) or "document"
    return Fault(shown, expected, mark.line if mark else None, mark.column if mark else None)
