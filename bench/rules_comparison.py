"""The runs of `bench rules`: the same frames through our engine and through supervision's zones, in one process."""

from __future__ import annotations

import gc
import math
import time
import tracemalloc
from collections.abc import Callable, Sequence

import numpy as np
import supervision

from bench import rules_world as world
from bench.criterion import Criterion, report
from rules.engine.evaluation import ActiveRule, FrameTracks, RuleEngine
from rules.engine.schema import ZoneShape, parse_rule

TRACKS = 20
FEW_TRACKS = 2
FRAMES = 150
ROUNDS = 30
FEWER_ROUNDS = 10
WARM_UP = 30
EXTRA_ZONES = 192
GOAL = 10.0
MOST_BYTES_PER_ZONE = 2048
MOST_GROWTH = 1.1
"""The exponent of cost over size: 1 is linear."""
Make = Callable[[], Callable[[FrameTracks], object]]


def compare() -> int:
    ours, peer, mixed = median_ms([_stepping(), _peer, _stepping(documents=world.MIXED_RULES)], _walk(TRACKS), ROUNDS)
    name = f"supervision {supervision.__version__} PolygonZone and LineZone"
    print(
        f"{TRACKS} tracks, 12 rules, {world.POLYGONS} areas and {world.LINES} lines, ms a frame: {ours:.3f},"
        f" with speeds, headings, neighbours and standing still among the rules {mixed:.3f}, {name} {peer:.3f}"
    )
    few, nobody = (median_ms([_stepping()], _walk(count), FEWER_ROUNDS)[0] for count in (FEW_TRACKS, 0))
    print(f"ms a frame of {FEW_TRACKS} tracks: {few:.3f}, of an empty picture: {nobody:.4f}")
    criteria = [
        # As speeds, so that the ratio says how many times as fast.
        Criterion("rules: frames a second", 1000 / ours, name, 1000 / peer, GOAL, "frames/s"),
        Criterion("rules: bytes a zone", bytes_per_zone(), "the goal", MOST_BYTES_PER_ZONE, 1, "bytes", at_most=True),
        _growth("tracks", [(n, median_ms([_stepping()], _walk(n), FEWER_ROUNDS)[0]) for n in (10, 20, 40, 80)]),
        _growth("rules", [(n, median_ms([_stepping(n)], _walk(TRACKS), FEWER_ROUNDS)[0]) for n in (12, 24, 48, 96)]),
    ]
    return report(criteria)


def _stepping(rules: int = len(world.ZONE_RULES), documents: Sequence[str] = world.ZONE_RULES) -> Make:
    return lambda: world.engine(documents, rules).step


def _walk(tracks: int) -> list[FrameTracks]:
    return world.walk(tracks, FRAMES)


def median_ms(makes: Sequence[Make], frames: Sequence[FrameTracks], rounds: int) -> list[float]:
    """Of each, in turns. A frame costs what it does in its fastest round, so that other work here counts least."""
    fastest = np.full((len(makes), len(frames)), np.inf)
    gc.disable()
    for _ in range(rounds):
        for best, make in zip(fastest, makes, strict=True):
            step = make()
            for index, frame in enumerate(frames):
                begun = time.perf_counter()
                step(frame)
                best[index] = min(best[index], time.perf_counter() - begun)
    gc.enable()
    return [float(each) * 1000 for each in np.median(fastest[:, WARM_UP:], axis=1)]


def _peer() -> Callable[[FrameTracks], object]:
    scale = np.array((world.WIDTH, world.HEIGHT))
    shapes = world.zones()
    areas = [
        supervision.PolygonZone((np.array(shape.points) * scale).astype(int))
        for shape in shapes
        if shape.kind == "polygon"
    ]
    lines = [
        supervision.LineZone(*(supervision.Point(*(np.array(point) * scale)) for point in shape.points))
        for shape in shapes
        if shape.kind == "line"
    ]

    def step(frame: FrameTracks) -> None:
        detections = supervision.Detections(
            xyxy=frame.boxes_xyxy * np.tile(scale, 2).astype(np.float32),
            confidence=frame.confidences,
            class_id=np.zeros(len(frame.track_ids), int),
            tracker_id=frame.track_ids,
        )
        for zone in (*areas, *lines):
            zone.trigger(detections)

    return step


def bytes_per_zone() -> float:
    """What an engine holds for each further zone, its shape included, between two frames."""
    few, many = (_held(count) for count in (world.POLYGONS, world.POLYGONS + EXTRA_ZONES))
    return (many - few) / EXTRA_ZONES


def _held(polygons: int) -> int:
    zones = world.zones(polygons)
    names = [zone.name for zone in zones if zone.kind == "polygon"]
    # Zones that no rule looks at cost nothing: every one of these is looked at.
    parts = "".join(f"    - in_zone: {names[first : first + 16]}\n" for first in range(0, polygons, 16))
    rule = ActiveRule(1, 1, parse_rule(f"name: rule\nwhen:\n  any:\n{parts}"))
    frames = _walk(TRACKS)[:3]
    gc.collect()
    tracemalloc.start()
    # A new engine reads the shapes anew, as a worker does.
    engine = RuleEngine([rule], [ZoneShape.model_validate_json(zone.model_dump_json()) for zone in zones])
    for frame in frames:
        engine.step(frame)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held


def _growth(what: str, costs: Sequence[tuple[int, float]]) -> Criterion:
    """How cost grows with size: the slope of a straight line through it, and the exponent of a power of it."""
    sizes, taken = np.array([size for size, _ in costs]), np.array([ms for _, ms in costs])
    slope, base = np.polyfit(sizes, taken, 1)
    shown = ", ".join(f"{size}: {ms:.3f}" for size, ms in costs)
    print(f"ms a frame by number of {what}: {shown}; {base:.3f} + {slope * 1000:.2f} us x {what}")
    exponent = math.log(taken[-1] / taken[-2]) / math.log(sizes[-1] / sizes[-2])
    return Criterion(f"rules: growth with {what}", exponent, "linear", 1.0, MOST_GROWTH, "exponent", at_most=True)
