"""For every rule of the catalog a film in which it must fire, and one that comes near and must not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from rules.engine.schema import ZoneShape
from rules.engine.surroundings import SiteClock
from tests.engine.clauses.test_bodies import CHEST, HEAD, look, posing, skeleton
from tests.engine.walks import line, polygon
from tests.engine.worlds import (
    NOON,
    Bodies,
    Body,
    Place,
    World,
    crowd,
    during,
    items,
    signals,
    standing,
    together,
    walking,
)

HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
OTHER_HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
STRIP = ((0.4, 0.0), (0.5, 0.0), (0.5, 1.0), (0.4, 1.0))
CORNER = ((0.1, 0.5), (0.4, 0.5), (0.4, 0.9), (0.1, 0.9))
UPWARDS = line("any", (0.5, 1), (0.5, 0))
"""Who walks from left to right crosses it left_to_right."""
TO_THE_RIGHT = line("any", (0.1, 0.5), (0.9, 0.5))
NIGHT = SiteClock(datetime(2026, 6, 15, 21, 30, tzinfo=UTC), "Europe/Berlin")
HOLIDAY = SiteClock(datetime(2026, 6, 15, 10, 0, tzinfo=UTC), "Europe/Berlin", frozenset({date(2026, 6, 15)}))


@dataclass(frozen=True)
class Case:
    """``zones`` by name: a polygon's points, or a line; those not named are the left half and an upright line."""

    yes: World
    no: World
    zones: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    clock: SiteClock = NOON
    no_clock: SiteClock | None = None

    def shapes(self, kinds: Mapping[str, str]) -> list[ZoneShape]:
        return [self._shape(name, kind) for name, kind in kinds.items()]

    def _shape(self, name: str, kind: str) -> ZoneShape:
        given = self.zones.get(name, UPWARDS if kind == "line" else HALF)
        if kind == "line":
            return line(name, *given.points)
        return polygon(name, *given)


def across(speed: float = 0.05, y: float = 0.7, delay: float = 0, **more: Any) -> Place:
    """From left to right, over the middle after (.2 / speed) seconds."""
    return lambda second: {1: Body(0.3 + speed * (second - delay), y, **more)}


def back(speed: float = 0.05, **more: Any) -> Place:
    return walking((0.7, 0.7), (-speed, 0), **more)


def there_and_back(turn: float, speed: float = 0.1, **more: Any) -> Place:
    return lambda second: {1: Body(0.35 + speed * (second if second < turn else 2 * turn - second), 0.7, **more)}


def hops(*places: tuple[float, float], every: float, **more: Any) -> Place:
    """From place to place; stays at the last one."""

    def place(second: float) -> Bodies:
        x, y = places[min(len(places) - 1, int(second / every))]
        return {1: Body(x, y, **more)}

    return place


def falling(takes: float) -> Place:
    def place(second: float) -> Bodies:
        share = min(1.0, max(0.0, (second - 3) / takes))
        return {1: Body(0.25, 0.7, height=0.3 - 0.2 * share, width=0.08 + 0.12 * share)}

    return place


def left_bag(away_at: float) -> Place:
    def place(second: float) -> Bodies:
        bag = Body(0.2, 0.7, "suitcase", height=0.08)
        return {1: bag, 2: Body(0.22 + (0.4 if second > away_at else 0), 0.7)}

    return place


def bending(times: int) -> Any:
    """Down for a second, up for a second, so often."""
    down, up = skeleton(70), skeleton(0)
    return lambda second: {"keypoints": {1: down if int(second) % 2 and second / 2 < times else up}}


WORKER: Place = standing(0.25, 0.7, height=0.3, width=0.1)
HELMET, NO_HELMET, VEST, NO_VEST = (
    ("Hardhat", HEAD),
    ("NO-Hardhat", HEAD),
    ("Safety Vest", CHEST),
    ("NO-Safety Vest", CHEST),
)
CAR: Any = {"class_name": "car", "width": 0.12, "height": 0.12}
NOBODY: Place = lambda second: {}  # noqa: E731
LONG = World(standing(), seconds=30)


def worn_across(carries: bool) -> Any:
    """The things move with the one who wears them."""

    def extra(second: float) -> Mapping[str, Any]:
        x = 0.3 + 0.05 * second
        found = [("Safety Vest", Body(x, 0.62, width=0.04, height=0.06))]
        if carries:
            found.append(("Hardhat", Body(x, 0.53, width=0.03, height=0.04)))
        return {"items": items(*found)}

    return extra


def coloured(name: str) -> Callable[[float], Mapping[str, Any]]:
    """Looked at once a second, as a host does."""
    return lambda second: {"attributes": {1: {"red": 0.1, name: 0.8}}} if second % 1 == 0 else {}


CASES: dict[str, Case] = {
    # ppe
    "No helmet": Case(World(WORKER, extra=look(NO_HELMET)), World(WORKER, extra=look(HELMET))),
    "No safety vest": Case(World(WORKER, extra=look(HELMET)), World(WORKER, extra=look(VEST))),
    "Incomplete equipment at the gate": Case(
        World(across(), extra=worn_across(carries=False)), World(across(), extra=worn_across(carries=True))
    ),
    "No face mask": Case(
        World(WORKER, extra=look(("NO-Mask", HEAD)), seconds=15), World(WORKER, extra=look(("Mask", HEAD)), seconds=15)
    ),
    "No gloves at the machine": Case(
        World(WORKER, extra=look(), seconds=12), World(during(WORKER, 0, 4), extra=look(), seconds=12)
    ),
    # safety
    "Fall": Case(World(falling(0.8)), World(falling(5))),
    "Person down": Case(
        World(standing(0.25, 0.65, height=0.1, width=0.2), seconds=15),
        World(during(standing(0.25, 0.65, height=0.1, width=0.2), 0, 8), seconds=15),
    ),
    "Running": Case(World(walking((0, 0.7), (0.2, 0)), seconds=3), World(walking((0, 0.7), (0.08, 0)), seconds=3)),
    "Person near vehicle": Case(
        World(together(standing(0.4), walking((0.15, 0.7), (0.02, 0), **CAR))),
        World(together(standing(0.3), standing(0.2, 0.7, **CAR))),
    ),
    "Vehicle too near (metres)": Case(
        World(together(standing(0.3), standing(0.15, 0.7, **CAR))),
        World(together(standing(0.4), standing(0.15, 0.7, **CAR))),
    ),
    "Blocked exit": Case(
        World(standing(0.25, 0.7, class_name="suitcase"), seconds=70),
        World(during(standing(0.25, 0.7, class_name="suitcase"), 0, 50), seconds=80),
    ),
    "Danger zone entered": Case(World(WORKER), World(standing(0.55))),
    "Two-person rule": Case(
        World(together(standing(0.2), during(standing(0.3), 0, 4)), seconds=25),
        World(together(standing(0.2), lambda second: {} if 4 < second < 14 else {1: Body(0.3, 0.7)}), seconds=25),
    ),
    "Lone worker without movement": Case(
        LONG, World(together(standing(), standing(0.3)), seconds=30), parameters={"seconds": 20}
    ),
    "Hands raised": Case(
        World(standing(0.25, 0.75, height=0.33), extra=posing(skeleton(0, hands="up"))),
        World(standing(0.25, 0.75, height=0.33), extra=posing(skeleton(0))),
    ),
    "Bending again and again": Case(
        World(standing(0.25, 0.75, height=0.33, width=0.08), extra=bending(6), seconds=20),
        World(standing(0.25, 0.75, height=0.33, width=0.08), extra=bending(4), seconds=20),
    ),
    # security
    "Intrusion": Case(World(WORKER), World(during(WORKER, 2, 2.7))),
    "Line crossed": Case(World(across()), World(back())),
    "Loitering": Case(World(WORKER, seconds=70), World(during(WORKER, 0, 55), seconds=70)),
    "Loitering in the dark": Case(
        World(standing(0.45), seconds=40),
        World(WORKER, seconds=40),
        zones={"Benches": CORNER},
        clock=NIGHT,
    ),
    "After-hours presence": Case(World(WORKER), World(WORKER), clock=NIGHT, no_clock=NOON),
    "Colour seen": Case(World(WORKER, extra=coloured("red")), World(WORKER, extra=coloured("blue"))),
    "Tailgating": Case(World(together(across(), across(delay=1))), World(together(across(), across(delay=3)))),
    "Wrong way through": Case(
        World(back(), seconds=8), World(across(0.04), seconds=8), zones={"Way out": TO_THE_RIGHT, "Exit lane": HALF}
    ),
    "Abandoned object": Case(World(left_bag(5), seconds=45), World(left_bag(60), seconds=45)),
    "Removed object": Case(
        World(during(standing(class_name="laptop", height=0.1), 0, 70), seconds=90),
        World(
            together(
                during(standing(class_name="laptop", height=0.1), 0, 70),
                during(standing(0.25, 0.72, height=0.4), 69, 99),
            ),
            seconds=90,
        ),
    ),
    "Perimeter climb": Case(
        World(lambda second: {1: Body(0.3 + 0.05 * min(second, 3) + 0.05 * max(0, second - 6), 0.7)}, seconds=12),
        World(across(0.2), seconds=4),
        zones={"Fence": STRIP},
    ),
    "Passage without check-point": Case(
        World(hops((0.05, 0.2), (0.45, 0.2), (0.8, 0.2), every=4), seconds=12),
        World(hops((0.05, 0.2), (0.25, 0.7), (0.8, 0.2), every=4), seconds=12),
        zones={"Check-point": CORNER, "Departure": OTHER_HALF},
    ),
    "Crowd gathers": Case(World(crowd(11), seconds=15), World(crowd(9), seconds=15)),
    "Comes back again and again": Case(
        World(hops(*((0.25, 0.7), (0.75, 0.7)) * 3, every=5), seconds=30),
        World(hops(*((0.25, 0.7), (0.75, 0.7)) * 2, every=5), seconds=30),
    ),
    "Camera covered": Case(
        World(NOBODY, extra=lambda second: signals(contrast=0.01)),
        World(NOBODY, extra=lambda second: signals(contrast=0.1)),
    ),
    "Camera moved": Case(
        World(NOBODY, extra=lambda second: signals(shift=0.3), seconds=15),
        World(NOBODY, extra=lambda second: signals(shift=0.3 if second % 8 < 3 else 0), seconds=15),
    ),
    "Camera out of focus": Case(
        World(NOBODY, extra=lambda second: signals(sharpness=200 if second < 20 else 20), seconds=90),
        World(NOBODY, extra=lambda second: signals(sharpness=200 if second < 20 else 120), seconds=90),
    ),
    # traffic
    "Vehicle in a pedestrian zone": Case(World(standing(0.25, 0.7, **CAR)), World(WORKER)),
    "No parking": Case(
        World(standing(0.25, 0.7, **CAR), seconds=40),
        World(during(standing(0.25, 0.7, **CAR), 0, 25), seconds=40),
        parameters={"seconds": 30},
    ),
    "Wrong-way driver": Case(
        World(back(0.1, **CAR), seconds=6), World(across(0.1, **CAR), seconds=6), zones={"Lane direction": TO_THE_RIGHT}
    ),
    "Speeding": Case(
        # The picture is 16 metres wide: .6 of it a second is 34.6 km/h, .5 is 28.8.
        World(during(walking((-1, 0.7), (0.6, 0), **CAR), 1.8, 3.3), seconds=4, step_ms=100),
        World(during(walking((-1, 0.7), (0.5, 0), **CAR), 2.2, 3.8), seconds=4, step_ms=100),
        zones={"Yard road": ((0, 0), (1, 0), (1, 1), (0, 1))},
    ),
    "Forklift too fast": Case(
        World(walking((0, 0.7), (0.15, 0), **CAR), seconds=4), World(walking((0, 0.7), (0.08, 0), **CAR), seconds=4)
    ),
    "Stopped on the carriageway": Case(
        World(standing(0.25, 0.7, **CAR), seconds=15), World(walking((0, 0.7), (0.03, 0), **CAR), seconds=15)
    ),
    "Pedestrian on the carriageway": Case(World(WORKER), World(standing(0.25, 0.7, **CAR))),
    "Congestion": Case(
        World(lambda second: {n: Body(0.05 * n, 0.7, **CAR) for n in range(1, 10)}, seconds=40),
        World(lambda second: {n: Body((0.05 * n + 0.1 * second) % 0.5, 0.7, **CAR) for n in range(1, 10)}, seconds=40),
    ),
    "Forbidden turn": Case(
        World(hops((0.25, 0.7), (0.75, 0.7), every=4, **CAR), seconds=8),
        World(hops((0.75, 0.7), (0.25, 0.7), every=4, **CAR), seconds=8),
        zones={"West arm": OTHER_HALF},
    ),
    "Turned round": Case(World(there_and_back(4, **CAR)), World(across(**CAR))),
    "Heavy traffic": Case(
        World(lambda second: {n: Body(0.35 + 0.1 * (second - n), 0.7, **CAR) for n in range(8)}, seconds=20),
        World(lambda second: {n: Body(0.35 + 0.1 * (second - 3 * n), 0.7, **CAR) for n in range(8)}, seconds=20),
        parameters={"vehicles": 5, "within": 6},
    ),
    # operations
    "Unattended post": Case(
        World(during(standing(), 0, 5), seconds=40),
        World(NOBODY, seconds=40),
        parameters={"seconds": 30},
        no_clock=NIGHT,
    ),
    "Queue too long": Case(World(crowd(7), seconds=40), World(crowd(5), seconds=40)),
    "Waiting too long": Case(
        World(standing(), seconds=40), World(walking((0.0, 0.7), (0.03, 0)), seconds=40), parameters={"seconds": 30}
    ),
    "Occupancy limit": Case(World(crowd(13), seconds=10), World(crowd(12), seconds=10)),
    "Crowd too dense": Case(
        # Twelve, and eight, on 3.3 square metres.
        World(crowd(12), seconds=15),
        World(crowd(8), seconds=15),
        zones={"Stage front": ((0.18, 0.66), (0.37, 0.66), (0.37, 0.78), (0.18, 0.78))},
        parameters={"density": 3},
    ),
    "Customer without staff": Case(
        World(standing(), seconds=70),
        World(together(standing(), standing(0.75)), seconds=70),
        zones={"Behind the counter": OTHER_HALF},
    ),
    "Patrol overdue": Case(
        World(NOBODY, seconds=40),
        World(lambda second: {1: Body(0.25, 0.7)} if 20 < second < 22 else {}, seconds=40),
        parameters={"seconds": 30},
        clock=NIGHT,
    ),
    "Loading bay occupied": Case(
        World(standing(0.25, 0.7, class_name="truck"), seconds=40),
        World(during(standing(0.25, 0.7, class_name="truck"), 0, 25), seconds=40),
        parameters={"seconds": 30},
    ),
    "Fast visit": Case(World(there_and_back(4)), World(there_and_back(9), seconds=20), parameters={"within": 8}),
}
