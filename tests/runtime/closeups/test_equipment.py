"""Hard hats and vests on a building site filmed by hand, and indoors where nobody has any, as seen by eye on the frames
that are named here.

The model is weak: it is asked from confidence 0.2 on, and several looks decide.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rules.catalog import catalog
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
READY = {each.name: each.with_parameters({"zone": "site"}) for each in catalog()["ppe"] if "zone" in each.parameters}


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
    """By eye all wear one. The model finds it in half of its looks: not on the man at the left in frame 282, small and
    half behind another. How many it misses differs a little with the processor's arithmetic.
    """
    there = tracks(EVERYBODY, site)
    assert len(tracks(WEARS_VEST, site) & there) >= 0.75 * len(there)
    assert len(tracks(LACKS_VEST, site)) <= 0.1 * len(there)


@pytest.mark.parametrize(("name", "most"), [("No helmet", 0), ("No safety vest", 2)])
def test_the_ready_rules_spare_the_people_of_the_site(name: str, most: int, site: list[FrameTracks]) -> None:
    assert len(tracks(READY[name], site)) <= most


def test_the_ready_rules_tell_of_a_visitor_without_helmet_and_vest(
    detector: Detector, further_models: CloseupModels
) -> None:
    """A woman in a grey cardigan, from frame 65 to 189, ten a second."""
    file, looks = "intel_one-by-one-person-detection.mp4", [WEARS_HELMET, WEARS_VEST]
    film = tracks_of(file, detector, 3, specs=looks, models=further_models, until_ms=18_900)
    for name in ("No helmet", "No safety vest"):
        (event,) = started(play(RuleEngine([ActiveRule(1, 1, READY[name])], [SITE]), film))
        assert 6_500 + 3_000 <= event.at_ms <= 6_500 + 7_000
