"""What really happens on the test footage, seen by eye: zones and rules that make sense there, and the true events.

Times are milliseconds since the recording's first frame. A person who looks at the frames named here sees what
the notes say; the tolerance allows for how an event's moment is defined and for tracks that start a step late.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rules.engine.schema import LineCrossing, RuleSpec, Who, ZonePresence, ZoneShape

TOLERANCE_MS = 600
PEOPLE = Who(classes=("person",))
VEHICLES = Who(classes=("car", "truck", "bus", "motorcycle"))


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """``start_ms`` is when the rule's condition becomes true."""

    rule: str
    start_ms: int
    note: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One recording, its ``container_format`` and length as validation finds them, and its truth at 5 frames/s."""

    file: str
    container_format: str
    duration_ms: int
    zones: tuple[ZoneShape, ...]
    rules: tuple[RuleSpec, ...]
    events: tuple[TrueEvent, ...]

    @property
    def path(self) -> Path:
        return asset(f"videos/{self.file}")


LAWN = ZoneShape(
    name="Lawn",
    kind="polygon",
    points=((0, 0.53), (0.2, 0.57), (0.45, 0.74), (0.6, 0.86), (0.72, 1), (0, 1)),
)
WEST_PATH = ZoneShape(name="West path", kind="line", points=((0.12, 0.32), (0.12, 0.5)))
"""Across the left end of the path, from its far edge to its near one: walking out to the left is left_to_right."""

CAMPUS_RULES = (
    RuleSpec(
        name="Person on the lawn",
        who=PEOPLE,
        when=ZonePresence(type="zone_presence", zone="Lawn", dwell_seconds=3),
    ),
    RuleSpec(
        name="Person passes the west path",
        who=PEOPLE,
        when=LineCrossing(type="line_crossing", line="West path"),
    ),
)
CAMPUS_EVENTS = (
    TrueEvent("Person passes the west path", 20_000, "man in a light blue jacket walks out to the left"),
    TrueEvent("Person passes the west path", 22_200, "man in dark clothes walks out to the left"),
    TrueEvent("Person on the lawn", 55_000, "man in a dark red jacket with a paper, on the lawn since 52.0 s"),
    TrueEvent("Person passes the west path", 56_000, "woman in a red top walks out to the left"),
    TrueEvent("Person on the lawn", 56_200, "woman in a black coat, no more behind him from 53.2 s, until 72.8 s"),
    TrueEvent("Person passes the west path", 62_400, "woman in a red top comes back in from the left"),
    TrueEvent("Person passes the west path", 72_800, "man in a blue jacket walks out to the left"),
)

CAMPUS = Scene("vtest_h264.mp4", "mov", 79_500, (LAWN, WEST_PATH), CAMPUS_RULES, CAMPUS_EVENTS)
CAMPUS_AVI = Scene("vtest.avi", "avi", 79_500, (LAWN, WEST_PATH), CAMPUS_RULES, CAMPUS_EVENTS)
"""The same pictures, in a codec that browsers do not play."""

MOTORWAY = Scene(
    "adam_traffic_demo.mp4",
    "mov",
    11_177,
    (ZoneShape(name="Carriageway", kind="line", points=((0.28, 0.3), (0.72, 0.3))),),
    (
        RuleSpec(
            name="Oncoming vehicle",
            who=VEHICLES,
            when=LineCrossing(type="line_crossing", line="Carriageway", direction="left_to_right"),
        ),
    ),
    (
        TrueEvent("Oncoming vehicle", 1_300, "dark car"),
        TrueEvent("Oncoming vehicle", 1_300, "white car in the right lane"),
        TrueEvent("Oncoming vehicle", 2_500, "black car"),
        TrueEvent("Oncoming vehicle", 3_800, "dark car"),
        TrueEvent("Oncoming vehicle", 3_700, "red car in the right lane"),
        TrueEvent("Oncoming vehicle", 7_300, "green car"),
        TrueEvent("Oncoming vehicle", 7_600, "black car in the right lane"),
        TrueEvent("Oncoming vehicle", 7_700, "red car left of the middle"),
        TrueEvent("Oncoming vehicle", 8_700, "black car in the left lanes"),
        TrueEvent("Oncoming vehicle", 9_500, "white car"),
        TrueEvent("Oncoming vehicle", 9_800, "dark car in the leftmost lane"),
    ),
)

TABLE = Scene(
    "intel_one-by-one-person-detection.mp4",
    "mov",
    139_400,
    (
        ZoneShape(name="Table", kind="polygon", points=((0.42, 0.8), (0.8, 0.8), (0.8, 1), (0.42, 1))),
        ZoneShape(name="Exit", kind="line", points=((0.75, 0.75), (0.75, 1))),
    ),
    (
        RuleSpec(
            name="Person at the table",
            who=PEOPLE,
            when=ZonePresence(type="zone_presence", zone="Table", dwell_seconds=5),
        ),
        RuleSpec(
            name="Person leaves to the right",
            who=PEOPLE,
            when=LineCrossing(type="line_crossing", line="Exit", direction="right_to_left"),
        ),
    ),
    (
        TrueEvent("Person at the table", 11_600, "woman in a grey cardigan, in the picture since 6.6 s"),
        TrueEvent("Person leaves to the right", 19_000, "the same"),
        TrueEvent("Person at the table", 28_400, "man in a black jacket, since 23.4 s"),
        TrueEvent("Person leaves to the right", 44_000, "the same"),
        TrueEvent("Person at the table", 55_800, "woman in black with blond hair, since 50.8 s"),
        TrueEvent("Person leaves to the right", 69_000, "the same"),
        TrueEvent("Person at the table", 80_200, "man in a black shirt with glasses, since 74.8 s"),
        TrueEvent("Person leaves to the right", 85_900, "the same"),
        TrueEvent("Person at the table", 97_800, "woman in a grey pullover with dark hair, since 92.8 s"),
        TrueEvent("Person leaves to the right", 118_900, "the same"),
        TrueEvent("Person at the table", 129_000, "man in a light shirt, since 123.8 s"),
        TrueEvent("Person leaves to the right", 135_000, "the same"),
    ),
)


def asset(name: str) -> Path:
    """A file or folder of the test assets; without it the test is skipped, and fails in CI."""
    project = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("VMS_TEST_ASSETS") or project.parent / "shared" / "assets")
    path = folder / name
    if not path.exists():
        sentence = f"The test asset {name} is not in {folder} (set VMS_TEST_ASSETS)."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return path


def differences(scene: Scene, found: Sequence[tuple[str, int]]) -> list[str]:
    """What is wrong with the found (rule, start_ms) pairs: one sentence for each missed and each invented event."""
    left = sorted(found, key=lambda pair: pair[1])
    problems = []
    for event in sorted(scene.events, key=lambda event: event.start_ms):
        near = [pair for pair in left if pair[0] == event.rule and abs(pair[1] - event.start_ms) <= TOLERANCE_MS]
        if near:
            left.remove(min(near, key=lambda pair: abs(pair[1] - event.start_ms)))
        else:
            problems.append(f"missed: {event.rule} at {event.start_ms} ms ({event.note})")
    return problems + [f"invented: {rule} at {start_ms} ms" for rule, start_ms in left]
