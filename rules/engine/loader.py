"""Reading a rule's YAML: a typed tree, or plain sentences that say in which line what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rules.engine.basics import MESSAGE_WORDS
from rules.engine.expectations import expected, hint, path_in
from rules.engine.never_true import never_true
from rules.engine.rule import REFERENCE, LineCrossing, RuleSpec, ZonePresence, filled_in
from rules.engine.yaml_reading import KEY, Mark, Path, YamlFaultError, read_documents

MAX_DOCUMENT_BYTES = 64_000
MAX_FOLDER_DOCUMENT_BYTES = 1_000_000
MOST_FAULTS = 20
MOST_TRIED = 100
"""So many of a document's overrides are tried."""
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


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
        raise DocumentError([fault_at((), "a rule is a mapping of names to values", marks)])
    faults = [*_unknown_parameters(data, marks)]
    if "authored" in data:
        faults.append(fault_at(("authored",), "is not known here", marks))
    if faults:
        raise DocumentError(faults[:MOST_FAULTS])
    try:
        spec = RuleSpec.model_validate(data)
    except ValidationError as error:
        items = _without_consequences(error.errors(include_url=False))
        found = [_pydantic_fault(item, data, marks) for item in items[:MOST_FAULTS]]
        raise DocumentError(dict.fromkeys(found)) from error
    wrong = chain(
        _zones_of_two_kinds(spec, data, marks),
        _never_true(spec, marks),
        _unknown_placeholders(spec, marks),
        _unused_parameters(data, marks),
        _unfit_overrides(spec, marks),
    )
    if faults := list(islice(wrong, MOST_FAULTS)):
        raise DocumentError(faults)
    return spec


def _never_true(spec: RuleSpec, marks: Mapping[Path, Mark]) -> Iterable[Fault]:
    if not isinstance(spec.when, ZonePresence | LineCrossing):
        yield from (fault_at(path, reason, marks) for path, reason in never_true(spec.when, ("when",)))


def _unknown_placeholders(spec: RuleSpec, marks: Mapping[Path, Mark]) -> Iterable[Fault]:
    known = ", ".join(f"{{{word}}}" for word in MESSAGE_WORDS)
    for word in dict.fromkeys(PLACEHOLDER.findall(spec.message)):
        if word not in MESSAGE_WORDS:
            expected = f"nothing is known to put in for “{{{word[:40]}}}”{hint(word, MESSAGE_WORDS)}; there are {known}"
            yield fault_at(("message",), expected, marks)


def _zones_of_two_kinds(spec: RuleSpec, data: object, marks: Mapping[Path, Mark]) -> Iterable[Fault]:
    kinds = spec.zone_kinds()
    for name in sorted({name for name, kind in spec.zones_named() if kinds[name] != kind}):
        path = next(_places_of(name, data), ("when",))
        yield fault_at(path, f"“{name}” is named as an area and as a line: no zone is both", marks)


def _places_of(value: object, here: object, path: Path = ()) -> Iterator[Path]:
    """Where it stands in the document, first of all in “when”."""
    if here == value:
        yield path
    parts = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
    for key, each in sorted(parts, key=lambda part: part[0] != "when"):
        yield from _places_of(value, each, (*path, key)) if key != "name" or path else ()


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
            yield fault_at(path, f"does not fit {unfit.path}: {unfit.expected}", marks)


def _unknown_parameters(data: Mapping[str, object], marks: Mapping[Path, Mark]) -> Iterable[Fault]:
    given = data.get("parameters") or {}
    known = given if isinstance(given, dict) else {}
    for path, name in _references(_filled_parts(data)):
        if name not in known:
            yield fault_at(path, f"there is no parameter “{name}” under “parameters”{hint(name, known)}", marks)
    overrides = data.get("overrides")
    for number, override in enumerate(overrides if isinstance(overrides, list) else []):
        values = override.get("parameters") if isinstance(override, dict) else None
        for name in values if isinstance(values, dict) else ():
            if name not in known:
                path = ("overrides", number, "parameters", name)
                yield fault_at(path, f"there is no parameter of that name{hint(str(name), known)}", marks)


def _unused_parameters(data: Mapping[str, object], marks: Mapping[Path, Mark]) -> Iterable[Fault]:
    given = data.get("parameters")
    used = {name for _, name in _references(_filled_parts(data))}
    for name in given if isinstance(given, dict) else ():
        # What is no name of a parameter is refused for that.
        if name not in used and isinstance(name, str) and REFERENCE.fullmatch(f"${name}"):
            expected = f"nothing uses it: write “${name}”, and nothing beside it, where its value is to stand"
            yield fault_at(("parameters", name), expected, marks)


def _filled_parts(data: Mapping[str, object]) -> dict[str, object]:
    return {key: each for key, each in data.items() if key not in ("parameters", "overrides")}


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
        return fault_at(path, expected(item, path, data), {path: marks.get((*path, KEY), Mark(1, 1))})
    return fault_at(path, expected(item, path, data), marks)


def _without_consequences(items: list[ErrorDetails]) -> list[ErrorDetails]:
    """A list may be called too short only because what is in it is wrong: that is said already."""
    outer = {item["loc"][:end] for item in items for end in range(len(item["loc"]))}
    return [item for item in items if item["type"] != "too_short" or item["loc"] not in outer]


def fault_at(path: Path, expected: str, marks: Mapping[Path, Mark]) -> Fault:
    mark = next((marks[path[:end]] for end in range(len(path), -1, -1) if path[:end] in marks), None)
    shown = ".".join(str(part)[:64] for part in path) or "document"
    return Fault(shown, expected, mark.line if mark else None, mark.column if mark else None)
