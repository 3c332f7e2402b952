"""The clauses of an event's rule in words: every kind, from real hits of the catalog's rules, and from nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.clause_words import SENTENCES, clause_rows, clause_sentence
from events.explanation import evidence_moments
from rules.engine.clauses import WORDS
from rules.engine.evaluation import ActiveRule, RuleEngine
from rules.engine.surroundings import Surroundings
from tests.api.clients import client_of
from tests.engine.catalog_cases import CASES
from tests.engine.test_catalog import RULES
from tests.engine.walks import play, started
from tests.engine.worlds import PLAN
from tests.pages.rows import camera_make, event_make, job_make, user_make

IN_YARD = {
    "clause": "in_zone", "met": True, "value": 0.0, "needed": 0, "unit": "body heights away", "zone": ["Yard"],
    "since_ms": 4_000, "last_ms": 9_000, "held_seconds": 5.0, "for_seconds": 5.0,
}  # fmt: skip
EVIDENCE = {
    "condition": "all", "since_ms": 9_000, "at_ms": 9_000, "tracks": [7, 9],
    "clauses": {"clause": "all", "met": True, "parts": [
        IN_YARD,
        {"clause": "any", "met": True, "parts": [
            {"clause": "lacks", "met": True, "item": "helmet", "value": 0.1, "looks": 20, "since_ms": 5_000},
            {"clause": "pose", "met": False, "needed": "lying", "value": "upright"},
        ]},
    ]},
}  # fmt: skip


def hit_of(name: str) -> dict[str, Any]:
    case = CASES[name]
    spec = RULES[name].with_parameters(case.parameters)
    engine = RuleEngine([ActiveRule(1, 1, spec)], case.shapes(spec.zone_kinds()), Surroundings(PLAN, case.clock))
    return started(play(engine, case.yes.frames()))[0].evidence


def clauses_of(clause: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield clause
    for part in clause.get("parts", []):
        yield from clauses_of(part)


def test_there_are_words_for_every_clause_of_the_language() -> None:
    assert set(WORDS) <= set(SENTENCES)


@pytest.mark.parametrize("name", RULES)
def test_every_clause_of_a_real_hit_has_its_sentence(name: str) -> None:
    evidence = hit_of(name)
    for clause in clauses_of(evidence["clauses"]):
        sentence = clause_sentence(clause)
        assert sentence and "None" not in sentence and "{" not in sentence, clause
    assert list(clause_rows(evidence["clauses"]))


def sentences(evidence: Any) -> list[tuple[str, str]]:
    event = event_make(camera_make("Gate"), job=None, started_at=timezone.now(), evidence=evidence)
    event.job = job_make(event.camera, started_at=event.started_at)
    return [(what, more) for what, _, more in evidence_moments(event)]


@pytest.mark.django_db
def test_clauses_are_told_as_they_stand_in_the_rule() -> None:
    assert sentences(EVIDENCE) == [
        ("Was in “Yard” for 5 s (the rule: 5 s)", ""),
        ("One of these held", ""),
        ("· Was without the helmet: found in 10 % of 20 looks", ""),
        ("· Lay on the ground", "not so, when the event began"),
        ("Tracks 7, 9", "in the frame in which it became known"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "clauses",
    [
        {"clause": ["in_zone"]},
        {"clause": "in_zone", "zone": 5},
        {"clause": "in_zone", "zone": [[], {}]},
        {"clause": "crosses", "line": None},
        {"clause": "all", "parts": {"a": 1}},
        {"clause": "all", "parts": [[1], "x", None]},
        {"clause": "unheard-of"},
        {},
    ],
)
def test_clauses_that_cannot_be_read_are_left_out(clauses: Any) -> None:
    assert sentences({"condition": "all", "clauses": clauses}) == []


@pytest.mark.django_db
@pytest.mark.parametrize("value", [10**400, 1e400, True, "many", [], {}])
@pytest.mark.parametrize("word", sorted(SENTENCES))
def test_no_value_breaks_a_sentence(word: str, value: Any) -> None:
    fields = ("value", "needed", "unit", "zone", "line", "item", "state", "held_seconds", "for_seconds", "looks",
              "within_seconds", "first_track", "other_track", "since_ms", "torso_angle", "attribute")  # fmt: skip
    assert isinstance(clause_sentence({"clause": word, **dict.fromkeys(fields, value)}), str)


def test_a_tree_without_end_is_told_as_far_as_anybody_reads() -> None:
    clause: dict[str, Any] = dict(IN_YARD)
    for _ in range(900):
        clause = {"clause": "not", "met": True, "parts": [clause]}
    assert len(list(clause_rows(clause))) < 20


@pytest.mark.django_db
def test_the_page_and_the_api_tell_it_and_escape_what_users_wrote(client: Client) -> None:
    gate = camera_make("Gate")
    guard = user_make("guard", gate)
    client.force_login(guard)
    sly = {**IN_YARD, "zone": ["<script>alert(1)</script>"]}
    job = job_make(gate, started_at=timezone.now())
    event = event_make(gate, job=job, evidence={"condition": "in_zone", "clauses": sly, "tracks": [7]})
    page = client.get(f"/events/{event.id}/").content.decode()
    assert "Was in “&lt;script&gt;alert(1)&lt;/script&gt;” for 5 s" in page
    assert "<script>alert(1)" not in page
    answer = client_of(guard).get(f"/api/v1/events/{event.id}/explanation").json()
    assert answer["rule_version"] == 1
    assert answer["rows"][0]["what"].startswith("Was in “<script>")
    assert answer["evidence"]["tracks"] == [7]
