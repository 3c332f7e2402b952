"""The search for a threshold, on verdicts of which the right answer is known."""

from __future__ import annotations

from random import Random

import pytest

from rules.learning.thresholds import Example, Outcome, chance, finding_of


def examples(true: list[float], false: list[float]) -> list[Example]:
    return [*(Example(value, True) for value in true), *(Example(value, False) for value in false)]


def test_a_clean_separation_is_found_in_the_gap() -> None:
    found = finding_of(
        examples([0.7 + number / 100 for number in range(15)], [0.4 + number / 100 for number in range(8)]),
        keeps_low=False,
        tried=20,
    )
    assert found is not None
    assert 0.47 < found.cut.threshold < 0.7
    assert found.outcome == Outcome(dropped_false=8, kept_false=0, lost_true=0, kept_true=15)
    assert found.unseen.dropped_false == 8


def test_a_limit_from_above_is_found_where_that_is_asked() -> None:
    high = examples([0.2 + number / 100 for number in range(15)], [0.7 + number / 100 for number in range(8)])
    found = finding_of(high, keeps_low=True, tried=20)
    assert found is not None
    assert 0.34 < found.cut.threshold < 0.7
    assert finding_of(high, keeps_low=False, tried=20) is None


def test_false_ones_that_look_like_true_ones_are_kept_rather_than_a_true_one_lost() -> None:
    true, false = (
        [0.6 + number / 100 for number in range(30)],
        [0.3 + number / 100 for number in range(12)] + [0.8, 0.85],
    )
    found = finding_of(examples(true, false), keeps_low=False, tried=50)
    assert found is not None
    assert found.outcome == Outcome(dropped_false=12, kept_false=2, lost_true=0, kept_true=30)


@pytest.mark.parametrize("seed", range(40))
def test_verdicts_that_mean_nothing_give_nothing(seed: int) -> None:
    random = Random(seed)
    noise = [Example(random.random(), random.random() < 0.7) for _ in range(40)]
    assert finding_of(noise, keeps_low=bool(seed % 2), tried=200) is None


def test_a_few_false_ones_at_the_edge_may_be_chance() -> None:
    few = examples([0.5 + number / 100 for number in range(15)], [0.45, 0.46, 0.47, 0.555, 0.605])
    assert finding_of(few, keeps_low=False, tried=100) is None


def test_a_threshold_that_most_true_ones_would_pay_for_is_none() -> None:
    mixed = examples([0.5 + number / 50 for number in range(20)], [0.5 + number / 50 + 0.01 for number in range(20)])
    assert finding_of(mixed, keeps_low=False, tried=40) is None


def test_chance_is_fishers_one_sided_test() -> None:
    # Worked out by hand: all three lowest of twenty are among five false ones: 10 of 1140 ways.
    assert chance(Outcome(dropped_false=3, kept_false=2, lost_true=0, kept_true=15)) == pytest.approx(10 / 1140)
    assert chance(Outcome(dropped_false=0, kept_false=5, lost_true=0, kept_true=15)) == 1
