"""Close-ups in recordings, through the pipeline of a worker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rules.catalog import catalog
from rules.engine.schema import RuleSpec, parse_rule
from tests.runtime.chunks import RememberingSink, run_chunks
from tests.runtime.footage import Scene
from workers.runtime.closeups.models import NO_MODELS, CloseupModels
from workers.runtime.detectors.base import Detector

pytestmark = pytest.mark.slow

FALL = next(rule for rules in catalog().values() for rule in rules if rule.name == "Fall")
BENDING = parse_rule("name: Bending\nwhen: {pose: bending}")
DURATION_MS = 4_000


def scene(*rules: RuleSpec) -> Scene:
    return Scene("gmdcsa24/s1_Fall_13.mp4", "mov", DURATION_MS, (), rules, ())


def run(
    film: Scene, edges: Sequence[int], detector: Detector, models: CloseupModels, folder: Path
) -> tuple[RememberingSink, dict[str, Any]]:
    sink = RememberingSink()
    return sink, run_chunks(film, edges, detector, sink, folder, models)[-1].state


def test_a_fall_is_found_and_who_was_looked_at_is_part_of_the_state(
    detector: Detector, further_models: CloseupModels, tmp_path: Path
) -> None:
    sink, state = run(scene(FALL), (0, DURATION_MS), detector, further_models, tmp_path)
    (event,) = sink.starts.values()
    assert 400 <= event.start_ms <= 2_400
    assert set(state["closeups"]) == {"pose", "losses"}


def test_chunks_give_the_same_events_and_state_as_the_whole(
    detector: Detector, further_models: CloseupModels, tmp_path: Path
) -> None:
    film = scene(FALL, BENDING)
    whole, state = run(film, (0, DURATION_MS), detector, further_models, tmp_path / "whole")
    # In the middle of the fall.
    parts, last = run(film, (0, 1_000, 1_700, DURATION_MS), detector, further_models, tmp_path / "parts")
    assert parts.everything() == whole.everything()
    assert last == state


def test_without_the_model_a_rule_that_needs_it_is_left_out_and_the_others_run(
    detector: Detector, tmp_path: Path
) -> None:
    sink, state = run(scene(BENDING, FALL), (0, DURATION_MS), detector, NO_MODELS, tmp_path)
    assert {event.rule_id for event in sink.starts.values()} == {2}
    assert "closeups" not in state


def test_a_camera_whose_rules_need_no_model_runs_none(
    detector: Detector, further_models: CloseupModels, tmp_path: Path
) -> None:
    boxes = parse_rule("name: Lying\nwhen: {pose: {is: lying, uses: box}}")
    _, state = run(scene(boxes), (0, 1_000), detector, further_models, tmp_path)
    assert "closeups" not in state
