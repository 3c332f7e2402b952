"""Events that people judged, of a rule that is told too much."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from events.choices import EventState, Verdict
from events.models import Event
from rules.models import Rule
from tests.api.clients import make_event

BOX = [0.4, 0.3, 0.5, 0.6]


def judged(rule: Rule, verdict: Verdict, number: int, **more: object) -> Event:
    """Events that differ in nothing but what ``more`` says."""
    at = timezone.now() - timedelta(hours=number + 1)
    values: dict[str, object] = {"confidence": 0.7 + number % 5 / 100, "box_xyxy": BOX, "started_at": at}
    values |= {"ended_at": at + timedelta(seconds=20), "state": EventState.ENDED, "rule_version": 1}
    camera = rule.cameras.all()[0]
    return make_event(camera, rule, **(values | {"verdict": verdict} | more))  # type: ignore[arg-type]


def faint_ones(rule: Rule) -> None:
    """Twenty true events, ten false ones of which nine are faint."""
    for number in range(20):
        judged(rule, Verdict.TRUE, number)
    for number in range(10):
        judged(rule, Verdict.FALSE, 30 + number, confidence=0.45 + number / 100 if number else 0.72)
