"""As ``test_replay_looks``, for clauses put together at random, over people who fall and rise."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rules.engine.evaluation import ActiveRule
from rules.engine.frames import FrameTracks
from rules.engine.schema import RuleSpec
from rules.engine.track_log import decode_segment
from tests.engine import test_properties, test_replay, test_replay_looks
from tests.engine.test_replay import by_start, stepped
from tests.engine.test_replay_looks import looked_at, replayed, segment
from tests.engine.worlds import Body, frame_of

TEXTS = (*test_properties.WHENS, *test_replay.MORE, *test_replay_looks.WHENS)
CLAUSES = [clause for clause in map(yaml.safe_load, TEXTS) if "type" not in clause]
WHOS: tuple[dict[str, Any], ...] = ({}, {"classes": ["person"], "min_confidence": 0.5}, {"min_height": 0.15})
seconds = st.sampled_from([0, 0.3, 0.7, 2])


def joined_up(clauses: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(clauses, min_size=2, max_size=3)
    return st.one_of(
        st.builds(lambda parts: {"all": parts}, several),
        st.builds(lambda parts: {"any": parts}, several),
        st.builds(lambda part: {"not": part}, clauses),
        st.builds(lambda that, gap: {"lasting": {"that": that, "for": 0.7, "gap": gap}}, clauses, seconds),
        st.builds(lambda that: {"times": {"that": that, "at_least": 2, "within": 6}}, clauses),
        st.builds(lambda that: {"count": {"zone": "yard", "at_least": 1, "that": that}}, clauses),
        st.builds(lambda one, other: {"then": {"first": one, "next": other, "within": 4}}, clauses, clauses),
    )


rules = st.recursive(st.sampled_from(CLAUSES), joined_up, max_leaves=4)


def lives(seed: int) -> list[FrameTracks]:
    """People stand, walk, sink slowly or fast, lie, rise, and are lost now and then."""
    random = np.random.default_rng(seed)
    bodies: dict[int, Body] = {}
    frames, at_ms = [], 0
    for _ in range(60):
        at_ms += int(random.choice([100, 200, 200, 200, 200, 700]))
        for track_id in (1, 2, 3):
            bodies[track_id] = _changed(bodies.get(track_id), random)
        seen = {track_id: body for track_id, body in bodies.items() if random.random() < 0.85}
        frames.append(frame_of(at_ms, seen))
    return frames


def _changed(body: Body | None, random: np.random.Generator) -> Body:
    if body is None or random.random() < 0.03:
        x, y = random.choice([0.2, 0.45, 0.52, 0.8]), random.choice([0.45, 0.7, 0.9])
        return Body(float(x), float(y), str(random.choice(["person", "person", "car"])), 0.9, 0.05, 0.3)
    height = body.height
    if random.random() < 0.4:
        height = float(np.clip(height * random.choice([0.35, 0.6, 0.85, 1.1, 2.5]), 0.06, 0.3))
    width = 0.15 if height < 0.12 else 0.05
    x = float(np.clip(body.x + random.choice([0, 0, 0.01, -0.04, 0.1]), 0.03, 0.97))
    return Body(x, body.y, body.class_name, float(random.choice([0.3, 0.9])), width, height)


@settings(
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(st.tuples(rules, st.sampled_from(WHOS)), min_size=3, max_size=3), st.integers(0, 1 << 20))
def test_a_replay_of_any_rule_finds_exactly_what_an_engine_finds_that_is_shown_everything(
    drawn: list[tuple[Any, dict[str, Any]]], seed: int
) -> None:
    frames = looked_at(lives(seed), seed)
    cuts = sorted({0, *(seed % 59 + 1, seed % 41 + 1), len(frames)})
    segments = [segment(frames[first:last]) for first, last in pairwise(cuts)]
    portions = [segments] if seed % 2 else [[each] for each in segments]
    shown = [frame for each in segments for frame in decode_segment(each)]
    for when, who in drawn:
        rule = ActiveRule(1, 1, RuleSpec.model_validate({"name": "a", "who": who, "when": when}))
        found, _ = replayed(rule, portions)
        assert by_start(found) == stepped(rule, shown), when
