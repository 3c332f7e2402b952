"""A threshold that people's verdicts speak for, as a new text of the rule. It is shown; nobody but a person uses it."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from events.choices import Verdict
from events.models import Event
from rules.choices import VersionState
from rules.engine.schema import DocumentError, parse_rule
from rules.engine.yaml_reading import read_documents
from rules.learning.measures import Measure, Path, measures_of
from rules.learning.texts import text_with
from rules.learning.thresholds import (
    LEAST_FALSE,
    LEAST_JUDGED,
    LEAST_TRUE,
    Cut,
    Example,
    Finding,
    finding_of,
    outcome_of,
)
from rules.models import Rule, RuleVersion
from rules.services.versions import Saving, version_save
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.errors import ConflictError

LOOK_BACK = timedelta(days=90)
MOST_EVENTS = 1_000
SHORT_FORMS = {"in_zone": "zone", "stationary": "for"}
"""What a bare value of these clauses stands for."""

FEW = _(
    "%(judged)s events of the version in force are judged, %(false)s of them false alarms and %(true)s true. "
    "It takes %(least_judged)s judged, with at least %(least_false)s false and %(least_true)s true ones."
)
NOTHING_FOUND = _(
    "No single threshold would have dropped most of the %(false)s false alarms and kept the %(true)s true events "
    "well enough to be more than chance."
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """``old``: what stands in the document now, if anything does. ``document``: the text with the new value.
    ``judged``: each event by its id.
    """

    version: RuleVersion
    measure: Measure
    old: str
    new: float
    finding: Finding
    document: str
    judged: dict[uuid.UUID, Example]

    @property
    def headline(self) -> str:
        return f"{self.measure.words} {self.measure.told(self.new)}"

    @property
    def false_total(self) -> int:
        return sum(not each.is_true for each in self.judged.values())

    @property
    def true_total(self) -> int:
        return len(self.judged) - self.false_total

    @property
    def sentence(self) -> str:
        done, unseen = self.finding.outcome, self.finding.unseen
        return gettext(
            "Would have dropped %(dropped)s of %(false)s false alarms and %(lost)s of %(true)s true events; tried on "
            "those that the threshold was not chosen by: %(unseen_dropped)s and %(unseen_lost)s."
        ) % {
            "dropped": done.dropped_false,
            "false": done.dropped_false + done.kept_false,
            "lost": done.lost_true,
            "true": done.lost_true + done.kept_true,
            "unseen_dropped": unseen.dropped_false,
            "unseen_lost": unseen.lost_true,
        }


@dataclass(frozen=True, slots=True)
class Learnt:
    """A proposal, or the reason why there is none."""

    proposal: Proposal | None
    reason: str


def rule_learn(*, user: User, rule: Rule) -> Learnt:
    """Look for a threshold in the verdicts on the version in force. Nothing is written.

    Raises:
        ForbiddenError: the user is no admin.
    """
    admin_require(user)
    version = rule.versions.filter(state=VersionState.PUBLISHED).first()
    if version is None or not version.document:
        return Learnt(None, gettext("No version with a document is in force."))
    events = _judged(rule, version)
    true = sum(each.verdict == Verdict.TRUE for each in events)
    counts = {"judged": len(events), "true": true, "false": len(events) - true}
    if counts["judged"] < LEAST_JUDGED or counts["false"] < LEAST_FALSE or true < LEAST_TRUE:
        least = {"least_judged": LEAST_JUDGED, "least_false": LEAST_FALSE, "least_true": LEAST_TRUE}
        return Learnt(None, gettext(FEW) % (counts | least))
    proposal = _best(version, events)
    return Learnt(proposal, "" if proposal else gettext(NOTHING_FOUND) % counts)


def proposal_draft(*, user: User, rule: Rule, document: str) -> RuleVersion:
    """Save the proposed text as a draft; ``document`` is the one that the person saw.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: the verdicts, or the rule, have changed since and another text would be proposed.
    """
    proposal = rule_learn(user=user, rule=rule).proposal
    if proposal is None or proposal.document != document:
        raise ConflictError(gettext("The proposal has changed meanwhile. Look at it again."))
    note = f"{proposal.measure.words}: {proposal.new:g}. {proposal.sentence}"
    return version_save(user=user, rule=rule, saving=Saving(document, note))


def _judged(rule: Rule, version: RuleVersion) -> list[Event]:
    judged = Event.objects.filter(rule=rule, rule_version=version.number, started_at__gte=timezone.now() - LOOK_BACK)
    judged = judged.only("confidence", "box_xyxy", "evidence", "started_at", "ended_at", "verdict")
    # In the order of time, so that folds do not depend on the database.
    newest = judged.exclude(verdict=Verdict.UNREVIEWED).order_by("-started_at", "-id")[:MOST_EVENTS]
    return sorted(newest, key=lambda each: (each.started_at, each.id))


def _best(version: RuleVersion, events: Sequence[Event]) -> Proposal | None:
    """Of all measures the one that drops the most false ones; then the one that loses the fewest true ones."""
    (document, _), *_ = read_documents(version.document)
    measures = measures_of(document)
    examples = {measure.name: _examples(measure, events) for measure in measures}
    tried = sum(len({each.value for each in found.values()}) for found in examples.values())
    found = [
        proposal
        for measure in measures
        if (proposal := _proposal(version, document, measure, examples[measure.name], tried)) is not None
    ]
    return max(found, key=_worth, default=None)


def _worth(proposal: Proposal) -> tuple[int, int]:
    outcome = proposal.finding.outcome
    return outcome.dropped_false - outcome.lost_true, -outcome.lost_true


def _examples(measure: Measure, events: Sequence[Event]) -> dict[uuid.UUID, Example]:
    values = [(event.id, measure.value(event), event.verdict == Verdict.TRUE) for event in events]
    return {key: Example(value, is_true) for key, value, is_true in values if value is not None}


def _proposal(
    version: RuleVersion, document: dict[str, Any], measure: Measure, judged: dict[uuid.UUID, Example], tried: int
) -> Proposal | None:
    examples = list(judged.values())
    enough = len(examples) >= LEAST_JUDGED and sum(not each.is_true for each in examples) >= LEAST_FALSE
    finding = finding_of(examples, keeps_low=measure.keeps_low, tried=tried) if enough else None
    if finding is None:
        return None
    new = _rounded(finding.cut, measure.digits)
    cut = Cut(new, measure.keeps_low, finding.cut.low, finding.cut.high)
    finding = Finding(cut, outcome_of(cut, examples), finding.unseen)
    old, text = _changed(version.document, document, measure.path, new)
    try:
        parse_rule(text)
    except DocumentError:
        return None
    return Proposal(version, measure, old, new, finding, text, judged)


def _rounded(cut: Cut, digits: int) -> float:
    """As short a number as lies within the gap."""
    for places in range(digits + 1):
        factor = 10.0**places
        near = [math.floor(cut.threshold * factor) / factor, math.ceil(cut.threshold * factor) / factor]
        within = [each for each in near if cut.low < each < cut.high]
        if within:
            return min(within, key=lambda each: abs(each - cut.threshold))
    return cut.threshold


def _changed(text: str, document: dict[str, Any], path: Path, value: float) -> tuple[str, str]:
    """What stood there, and the document's text with another value; a parameter's value where one stands there."""
    changed = deepcopy(document)
    place: Any = changed
    for key in path[:-1]:
        if isinstance(place, dict) and not isinstance(place.get(key), dict | list):
            bare = place.get(key)
            place[key] = {} if bare is None else {SHORT_FORMS[str(key)]: bare}
        place = place[key]
    old = place.get(path[-1])
    if isinstance(old, str) and old.startswith("$"):
        path = ("parameters", old[1:])
        place = changed["parameters"]
        old = place.get(path[-1])
    place[path[-1]] = value
    return "" if old is None else str(old), text_with(text, path, value, changed)
