"""Hard hats and vests on a building site filmed by hand, as seen by eye on the frames that are named here.

The model is weak: it is asked from confidence 0.2 on, and several looks decide.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rules.engine.evaluation import ActiveRule, RuleEngine
from rules.engine.frames import FrameTracks
from rules.engine.rule import RuleSpec
from rules.engine.schema import parse_rule
from tests.engine.recorded import tracks_of
from tests.engine.walks import play, polygon, started
from workers.runtime.closeups.models import CloseupModels
from workers.runtime.detectors.base import Detector

pytestmark = pytest.mark.slow


def rule(condition: str) -> RuleSpec:
    return parse_rule(f"name: a\nwho: {{classes: [person], min_height: 0.2}}\nwhen: {{{condition}}}")


WEARS_HELMET = rule("wears: {item: helmet, min_confidence: 0.2}")
WEARS_VEST = rule("wears: {item: vest, min_confidence: 0.2}")
LACKS_VEST = rule("lacks: {item: vest, min_confidence: 0.2, for: 2s}")
LACKS_HELMET = rule("lacks: {item: helmet, min_confidence: 0.2, for: 1s}")
EVERYBODY = rule("in_zone: {zone: site, for: 2s}")
SITE = polygon("site", (0, 0), (1, 0), (1, 1), (0, 1))


@pytest.fixture(scope="module")
def site(detector: Detector, further_models: CloseupModels) -> list[FrameTracks]:
    specs = [WEARS_HELMET, WEARS_VEST, LACKS_HELMET]
    return tracks_of("felix_ppe.mp4", detector, specs=specs, models=further_models)


def tracks(spec: RuleSpec, frames: Sequence[FrameTracks]) -> set[int]:
    return {each.track_id for each in started(play(RuleEngine([ActiveRule(1, 1, spec)], [SITE]), frames))}


def test_everybody_on_the_site_wears_a_helmet(site: list[FrameTracks]) -> None:
    """By eye, on every twentieth frame from 0 to 460: helmets in white, yellow, blue and pink, and nobody without."""
    there = tracks(EVERYBODY, site)
    assert len(there) >= 10
    assert tracks(LACKS_HELMET, site) == set()
    assert len(tracks(WEARS_HELMET, site) & there) >= 0.9 * len(there)


def test_most_vests_are_seen_and_few_people_are_wrongly_said_to_lack_theirs(site: list[FrameTracks]) -> None:
    """By eye all wear one. The model finds it in fewer than half of its looks: not on the man at the left in frame
    282, small and half behind another. How many it misses differs a little with the processor's arithmetic.
    """
    there = tracks(EVERYBODY, site)
    assert len(tracks(WEARS_VEST, site) & there) >= 0.6 * len(there)
    assert len(tracks(LACKS_VEST, site)) <= 0.2 * len(there)
