"""A folder of rules as files: read whole, with every fault and the place where it stands.

A folder holds YAML files of one or several rules each, and may hold ``deployment.yaml``: which cameras each rule is
on, whether it is switched on, and other values of its parameters there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from rules.engine.basics import Document, Name
from rules.engine.doubts import NOT_ON_CAMERA, Names, doubts_of, zone_doubt
from rules.engine.expectations import PARAMETER, PLAIN, path_in
from rules.engine.loader import MOST_FAULTS
from rules.engine.rule import ParameterName, ParameterValue, names_in
from rules.engine.schema import DocumentError, Fault, RuleSpec, parse_rule
from rules.engine.yaml_reading import Mark, YamlFaultError, read_documents
from rules.engine.yaml_reading import Path as FieldPath

DEPLOYMENT = "deployment.yaml"
ENDINGS = (".yaml", ".yml")
MOST_FILES = MOST_RULES = 2_000
"""In a folder; in a file."""
DIVIDER = re.compile(r"^---[ \t]*(?:#.*)?$", re.MULTILINE)


class FolderOverride(Document):
    camera: str
    zone: Name | None = None
    parameters: dict[ParameterName, ParameterValue] = Field(min_length=1)


class Placement(Document):
    """Where a rule is at work. A camera is named ``Site / Camera``, or by its name where only one has it."""

    enabled: bool = True
    published: bool = True
    cameras: tuple[str, ...] = ()
    overrides: tuple[FolderOverride, ...] = ()


class Deployment(Document):
    rules: dict[str, Placement] = {}


@dataclass(frozen=True, slots=True)
class FileFault:
    """``place`` is ``file:line:field`` with what is known of it."""

    file: str
    fault: Fault

    @property
    def sentence(self) -> str:
        parts = [self.file, str(self.fault.line or 1), self.fault.path or "document"]
        return f"{':'.join(parts)}: {self.fault.expected}"


@dataclass(frozen=True, slots=True)
class WrittenRule:
    file: str
    line: int
    document: str
    spec: RuleSpec


@dataclass(slots=True)
class RuleFolder:
    rules: dict[str, WrittenRule] = field(default_factory=dict)
    placements: dict[str, Placement] = field(default_factory=dict)
    faults: list[FileFault] = field(default_factory=list)
    doubts: list[FileFault] = field(default_factory=list)
    """What can be used, but is set for what is not there."""
    marks: dict[FieldPath, Mark] = field(default_factory=dict)
    """Of ``deployment.yaml``."""

    def deployment_fault(self, path: FieldPath, expected: str) -> FileFault:
        mark = next((self.marks[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.marks), None)
        shown = ".".join(str(part) for part in path)
        return FileFault(DEPLOYMENT, Fault(shown, expected, mark.line if mark else 1, mark.column if mark else 1))


def folder_read(path: Path, cameras: Names | None = None) -> RuleFolder:
    """Read a folder, or a single file; what is wrong is in ``faults``, and the rest is there nevertheless.

    ``cameras``: the names of all there are; without it nothing is said about documents that name others.
    """
    folder = RuleFolder()
    for file in _files(path, folder):
        name = file.name if path.is_file() else file.relative_to(path).as_posix()
        text = _text(file, name, folder)
        if text is None:
            continue
        if name == DEPLOYMENT:
            _read_deployment(text, folder)
        else:
            _read_rules(text, name, folder, cameras)
    for rule in folder.placements:
        if rule not in folder.rules:
            folder.faults.append(folder.deployment_fault(("rules", rule), "no file of the folder holds this rule"))
    _check_overrides(folder)
    return folder


def _files(path: Path, folder: RuleFolder) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(each for each in path.rglob("*") if each.suffix in ENDINGS and each.is_file())
    if not path.is_dir() or not found:
        folder.faults.append(FileFault(str(path), Fault("", "a folder with YAML files was expected")))
    if len(found) > MOST_FILES:
        folder.faults.append(FileFault(str(path), Fault("", f"a folder has at most {MOST_FILES} files")))
        return []
    return found


def _text(file: Path, name: str, folder: RuleFolder) -> str | None:
    try:
        with file.open("rb") as handle:
            data = handle.read(4 * 2**20 + 1)
        if len(data) > 4 * 2**20:
            raise ValueError("a file has at most 4 MB")
        return data.decode().replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        told = "the file is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        folder.faults.append(FileFault(name, Fault("", told)))
        return None


def _read_rules(text: str, name: str, folder: RuleFolder, cameras: Names | None) -> None:
    if len(DIVIDER.findall(text)) > MOST_RULES:
        folder.faults.append(FileFault(name, Fault("", f"a file holds at most {MOST_RULES} rules")))
        return
    for line, document in _documents(text):
        try:
            spec = parse_rule(document)
        except DocumentError as error:
            folder.faults.extend(_moved(name, error.faults, line))
            continue
        folder.doubts.extend(_moved(name, doubts_of(document, spec, cameras), line))
        known = folder.rules.get(spec.name)
        if known is not None:
            told = f"{known.file}:{known.line} holds a rule of this name already"
            folder.faults.append(FileFault(name, Fault("name", told, line + 1)))
            continue
        folder.rules[spec.name] = WrittenRule(name, line + 1, plain_document(document), spec)


def _moved(name: str, faults: Iterable[Fault], lines: int) -> Iterator[FileFault]:
    """Faults of a document before which so many lines stand in its file."""
    return (FileFault(name, replace(fault, line=(fault.line or 1) + lines)) for fault in faults)


def plain_document(text: str) -> str:
    """A document as files hold it: without a dividing line, empty lines around it, or other systems' line ends."""
    return DIVIDER.sub("", text.replace("\r\n", "\n")).strip("\n") + "\n"


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Each document and how many lines stand before it; parts that hold nothing but comments are passed over."""
    starts = [0, *(match.end() + 1 for match in DIVIDER.finditer(text))]
    ends = [*(match.start() for match in DIVIDER.finditer(text)), len(text)]
    for start, end in zip(starts, ends, strict=True):
        part = text[start:end]
        if any(row.strip() and not row.lstrip().startswith("#") for row in part.splitlines()):
            yield text.count("\n", 0, start), part


def _read_deployment(text: str, folder: RuleFolder) -> None:
    try:
        documents = read_documents(text)
    except YamlFaultError as error:
        mark = error.mark
        fault = Fault(
            "", f"not valid YAML: {error.sentence}", mark.line if mark else None, mark.column if mark else None
        )
        folder.faults.append(FileFault(DEPLOYMENT, fault))
        return
    data: Any = documents[0][0] if documents else {}
    folder.marks = documents[0][1] if documents else {}
    try:
        folder.placements = Deployment.model_validate(data).rules
    except ValidationError as error:
        found = [_deployment_fault(folder, item, data) for item in error.errors(include_url=False)[:MOST_FAULTS]]
        folder.faults.extend(dict.fromkeys(found))


def _deployment_fault(folder: RuleFolder, item: ErrorDetails, data: object) -> FileFault:
    kind = item["type"]
    path = path_in(item["loc"], data, is_key=kind in ("missing", "extra_forbidden"))
    if path[-2:-1] == ("parameters",):
        return folder.deployment_fault(path, PARAMETER)
    told = {"extra_forbidden": "is not known here", **PLAIN}.get(kind) or item["msg"].removeprefix("Value error, ")
    return folder.deployment_fault(path, told)


def _check_overrides(folder: RuleFolder) -> None:
    for rule, placement in folder.placements.items():
        if rule in folder.rules:
            _check_placement(folder, rule, folder.rules[rule].spec, placement)


def _check_placement(folder: RuleFolder, rule: str, spec: RuleSpec, placement: Placement) -> None:
    written, placed = [each.parameters for each in spec.overrides], [each.parameters for each in placement.overrides]
    named = names_in(value for values in (spec.parameters, *written, *placed) for value in values.values())
    # Sites do not matter here: one camera may be named with its site and without.
    on_cameras = {each.split(" / ")[-1] for each in placement.cameras}
    for index, override in enumerate(placement.overrides):
        here = ("rules", rule, "overrides", index)
        for name in override.parameters:
            if name not in spec.parameters:
                fault = folder.deployment_fault((*here, "parameters", name), "the rule has no such parameter")
                folder.faults.append(fault)
        if override.camera.split(" / ")[-1] not in on_cameras:
            folder.doubts.append(folder.deployment_fault((*here, "camera"), NOT_ON_CAMERA))
        if override.zone and (doubt := zone_doubt(override.zone, named)):
            folder.doubts.append(folder.deployment_fault((*here, "zone"), doubt))
