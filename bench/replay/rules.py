"""What replay cameras are watched for: a stay and a crossing each, about one event a camera and minute."""

from __future__ import annotations

from rules.engine.schema import LineCrossing, RuleSpec, Severity, Who, ZonePresence, ZoneShape
from tests.runtime.footage import CAMPUS, TABLE

PEOPLE = Who(classes=("person",))
ZONES: dict[str, tuple[ZoneShape, ...]] = {"campus": CAMPUS.zones, "table": TABLE.zones}
RULES: dict[str, tuple[RuleSpec, ...]] = {
    "campus": (
        RuleSpec(
            name="Person stays on the lawn",
            severity=Severity.HIGH,
            who=PEOPLE,
            when=ZonePresence(type="zone_presence", zone="Lawn", dwell_seconds=8),
        ),
        RuleSpec(
            name="Person comes in by the west path",
            severity=Severity.LOW,
            who=PEOPLE,
            when=LineCrossing(type="line_crossing", line="West path", direction="right_to_left"),
        ),
    ),
    "table": (
        RuleSpec(
            name="Person stays at the table",
            severity=Severity.HIGH,
            who=PEOPLE,
            when=ZonePresence(type="zone_presence", zone="Table", dwell_seconds=15),
        ),
        RuleSpec(
            name="Person comes in by the exit",
            severity=Severity.LOW,
            who=PEOPLE,
            when=LineCrossing(type="line_crossing", line="Exit", direction="left_to_right"),
        ),
    ),
}
