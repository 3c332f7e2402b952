"""What replay cameras are watched for: a stay and a crossing each; at one in ``BUSY_OUT_OF`` something happens.

There it is about 1.4 events a camera and minute, elsewhere the same rules are evaluated and never fulfilled.
"""

from __future__ import annotations

from rules.engine.schema import LineCrossing, RuleSpec, Severity, Who, ZonePresence, ZoneShape
from tests.runtime.footage import CAMPUS, TABLE

BUSY_OUT_OF = 4
PEOPLE = Who(classes=("person",))
NOBODY_STAYS_SECONDS = 600
ZONES: dict[str, tuple[ZoneShape, ...]] = {"campus": CAMPUS.zones, "table": TABLE.zones}


def _stay(name: str, severity: Severity, zone: str, dwell_seconds: float) -> RuleSpec:
    when = ZonePresence(type="zone_presence", zone=zone, dwell_seconds=dwell_seconds)
    return RuleSpec(name=name, severity=severity, who=PEOPLE, when=when)


CALM_CROSSING = RuleSpec(
    name="Bus leaves by the west path",
    severity=Severity.LOW,
    who=Who(classes=("bus",)),
    when=LineCrossing(type="line_crossing", line="West path", direction="left_to_right"),
)
CAMPUS_CROSSING = RuleSpec(
    name="Person comes in by the west path",
    severity=Severity.LOW,
    who=PEOPLE,
    when=LineCrossing(type="line_crossing", line="West path", direction="right_to_left"),
)
TABLE_CROSSING = RuleSpec(
    name="Person comes in by the exit",
    severity=Severity.LOW,
    who=PEOPLE,
    when=LineCrossing(type="line_crossing", line="Exit", direction="left_to_right"),
)
BUSY: dict[str, tuple[RuleSpec, ...]] = {
    "campus": (_stay("Person stays on the lawn", Severity.HIGH, "Lawn", 8), CAMPUS_CROSSING),
    "table": (_stay("Person stays at the table", Severity.MEDIUM, "Table", 15), TABLE_CROSSING),
}
CALM: dict[str, tuple[RuleSpec, ...]] = {
    "campus": (_stay("Person camps on the lawn", Severity.HIGH, "Lawn", NOBODY_STAYS_SECONDS), CALM_CROSSING),
    "table": (_stay("Person sleeps at the table", Severity.MEDIUM, "Table", NOBODY_STAYS_SECONDS), TABLE_CROSSING),
}


def rules_of(scene: str, number: int) -> tuple[RuleSpec, ...]:
    """What camera ``number`` is watched for; each pair of scenes is busy or calm together."""
    return (CALM if number // len(ZONES) % BUSY_OUT_OF else BUSY)[scene]


def all_rules() -> dict[str, RuleSpec]:
    """By name."""
    return {rule.name: rule for rules in (*BUSY.values(), *CALM.values()) for rule in rules}
