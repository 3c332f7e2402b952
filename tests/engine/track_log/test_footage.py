"""A real recording through the real model: as small as promised, and every rule that fires live fires from the log."""

from __future__ import annotations

import pytest

from rules.engine.basics import ZoneShape
from rules.engine.evaluation import ActiveRule, RuleEngine
from rules.engine.schema import parse_rule
from rules.engine.track_log import decode_segment, encode_segment, quantised
from tests.engine.recorded import tracks_of
from tests.engine.track_log.frames import ORIGIN
from tests.engine.walks import play, started
from workers.runtime.detectors.base import Detector

pytestmark = pytest.mark.slow

ROOM = ZoneShape(name="room", kind="polygon", points=((0, 0), (1, 0), (1, 1), (0, 1)))
RULES = [
    ActiveRule(number, 1, parse_rule(f"name: test\nwhen:\n  {when}\n"))
    for number, when in enumerate(
        (
            "in_zone: {zone: room, for: 1, gap: 0.5}",
            "stationary: {for: 2, gap: 0.5}",
            "speed: {above: 0.3}",
            "absent: {zone: room, for: 3, gap: 0.3}",
            "count: {zone: room, at_least: 1, for: 0.2}",
        )
    )
]


def test_a_day_of_an_office_takes_at_most_ten_megabytes_and_rules_find_the_same_in_it(detector: Detector) -> None:
    found = tracks_of("intel_one-by-one-person-detection.mp4", detector)
    live = [quantised(frame) for frame in found]
    data = encode_segment(ORIGIN, found)
    events = play(RuleEngine(RULES, [ROOM]), live)
    assert len({each.rule_id for each in started(events)}) == len(RULES)
    assert play(RuleEngine(RULES, [ROOM]), decode_segment(data)) == events
    objects = sum(len(frame.track_ids) for frame in live)
    assert len(data) / objects * 3 * 5 * 86_400 <= 10_000_000
