"""What can be used as it stands, but hardly does what its author wants: values set for what the rule never meets."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain, islice

from rules.engine.expectations import hint
from rules.engine.loader import MOST_FAULTS, Fault, fault_at
from rules.engine.rule import RuleSpec, names_in
from rules.engine.yaml_reading import Mark, Path, read_documents

NO_CAMERA = "there is no camera of this name (it stands alone here, without its site)"
NOT_ON_CAMERA = "the rule is not on this camera, so these values hold nowhere"
CUT_OFF = re.compile(r"[ \t]+(#[0-9]\S*)")
Names = Callable[[], Collection[str]]
"""Asked only where a document names a camera."""


def doubts_of(
    text: str, spec: RuleSpec, cameras: Names | None = None, on_cameras: Collection[str] | None = None
) -> list[Fault]:
    """Of a text that was read as ``spec``, what to warn of; not all where that is very much.

    ``cameras``: the names of all there are; ``on_cameras``: of those that the rule is on. None: not known.
    """
    data, marks = read_documents(text)[0]
    found = chain(_cut_off(text, data, marks), _zones_never_named(spec, marks))
    if cameras is not None and any(each.camera for each in spec.overrides):
        found = chain(found, _cameras_never_met(spec, marks, cameras(), on_cameras))
    return list(islice(found, MOST_FAULTS))


def _cut_off(text: str, data: object, marks: Mapping[Path, Mark]) -> Iterator[Fault]:
    """``Gate #2`` without its quotes is “Gate”."""
    lines = text.splitlines()
    for path, value in _texts(data):
        line, start = lines[marks[path].line - 1], marks[path].column - 1
        # What is quoted or a block begins with its sign.
        if line.startswith(value, start) and (found := CUT_OFF.match(line, start + len(value))):
            expected = f"“{found[1]}” is a comment and no part of “{value}”: a text with # needs its quotes"
            yield fault_at(path, expected, {path: Mark(marks[path].line, found.start(1) + 1)})


def _texts(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in parts:
        yield from _texts(each, (*path, key))


def zone_doubt(zone: str, named: Collection[object]) -> str:
    """Of values that are to hold where a parameter names ``zone``; empty where one does."""
    if zone in named:
        return ""
    known = sorted(str(each) for each in named if isinstance(each, str))
    return f"no parameter names “{zone}”, so these values hold nowhere{hint(zone, known)}"


def _zones_never_named(spec: RuleSpec, marks: Mapping[Path, Mark]) -> Iterator[Fault]:
    values = [spec.parameters, *(each.parameters for each in spec.overrides)]
    named = names_in(value for each in values for value in each.values())
    for number, override in enumerate(spec.overrides):
        if override.zone is not None and (doubt := zone_doubt(override.zone, named)):
            yield fault_at(("overrides", number, "zone"), doubt, marks)


def _cameras_never_met(
    spec: RuleSpec, marks: Mapping[Path, Mark], cameras: Collection[str], on_cameras: Collection[str] | None
) -> Iterator[Fault]:
    for number, override in enumerate(spec.overrides):
        name = override.camera
        if name is not None and name not in cameras:
            yield fault_at(("overrides", number, "camera"), NO_CAMERA + hint(name, cameras), marks)
        elif name is not None and on_cameras and name not in on_cameras:
            yield fault_at(("overrides", number, "camera"), NOT_ON_CAMERA, marks)
