"""Proposals from verdicts: the right place of the document changes, nothing is applied by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events.choices import Verdict
from rules.choices import VersionState
from rules.engine.schema import parse_rule
from rules.learning.proposals import proposal_draft, rule_learn
from rules.learning.trial import MOST_CAMERAS, proposal_try
from rules.models import Backtest, Rule
from rules.services import rule_create
from tests.api.clients import client_of
from tests.cameras.world import grant, make_camera, make_user
from tests.rules.learning.verdicts import faint_ones, judged
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import ConflictError, ForbiddenError

pytestmark = pytest.mark.django_db

PLAIN = "name: Loiterer\nwho: {classes: [person]}\nwhen: {in_zone: {zone: Yard, for: 5}}\n"
WITH_PARAMETERS = "name: Loiterer\nparameters: {least: 0.4}\nwho: {min_confidence: $least}\nwhen: {in_zone: Yard}\n"


@pytest.fixture
def ada() -> User:
    return make_user("ada", role=Role.ADMIN)


def live(ada: User, text: str = PLAIN) -> Rule:
    camera = make_camera("Gate")
    camera.zones.create(name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]])
    return rule_create(user=ada, document=text, cameras=[camera])


def test_faint_false_alarms_ask_for_a_surer_detection(ada: User) -> None:
    rule = live(ada)
    faint_ones(rule)
    proposal = rule_learn(user=ada, rule=rule).proposal
    assert proposal is not None
    assert (proposal.measure.name, proposal.old, proposal.new) == ("min_confidence", "", 0.6)
    assert (proposal.finding.outcome.dropped_false, proposal.finding.outcome.lost_true) == (9, 0)
    assert parse_rule(proposal.document).who.min_confidence == 0.6
    assert parse_rule(proposal.document).when == parse_rule(PLAIN).when


def test_a_parameter_gets_the_new_value_where_the_document_names_one(ada: User) -> None:
    rule = live(ada, WITH_PARAMETERS)
    faint_ones(rule)
    proposal = rule_learn(user=ada, rule=rule).proposal
    assert proposal is not None
    assert parse_rule(proposal.document).parameters == {"least": 0.6}
    assert (proposal.old, "$least" in proposal.document) == ("0.4", True)


def test_small_boxes_of_false_alarms_ask_for_a_least_height(ada: User) -> None:
    rule = live(ada)
    for number in range(20):
        judged(rule, Verdict.TRUE, number)
    for number in range(10):
        judged(rule, Verdict.FALSE, 30 + number, box_xyxy=[0.4, 0.3, 0.5, 0.36 + number / 1000])
    proposal = rule_learn(user=ada, rule=rule).proposal
    assert proposal is not None
    assert proposal.measure.name == "min_height"
    assert 0.069 < parse_rule(proposal.document).who.min_height < 0.3


def test_short_stays_of_false_alarms_ask_for_a_longer_time(ada: User) -> None:
    rule = live(ada)
    evidence = {"condition": "in_zone", "clauses": {"clause": "in_zone", "for_seconds": 5.0, "met": True}}
    for number in range(20):
        judged(rule, Verdict.TRUE, number, evidence=evidence)
    for number in range(10):
        at = timezone.now() - timedelta(hours=40 + number)
        judged(
            rule, Verdict.FALSE, 30, started_at=at, ended_at=at + timedelta(seconds=1 + number / 10), evidence=evidence
        )
    proposal = rule_learn(user=ada, rule=rule).proposal
    assert proposal is not None
    assert (proposal.measure.name, proposal.old) == ("in_zone.for", "5")
    assert 6.9 < proposal.new < 25


def test_false_alarms_that_look_like_the_true_ones_give_no_proposal(ada: User) -> None:
    rule = live(ada)
    for number in range(40):
        judged(rule, Verdict.FALSE if number % 3 == 0 else Verdict.TRUE, number)
    learnt = rule_learn(user=ada, rule=rule)
    assert learnt.proposal is None
    assert "more than chance" in learnt.reason


def test_too_few_verdicts_give_none_and_say_how_many_it_takes(ada: User) -> None:
    rule = live(ada)
    judged(rule, Verdict.TRUE, 1)
    assert (
        "1 events of the version in force are judged, 0 of them false alarms" in rule_learn(user=ada, rule=rule).reason
    )


def test_a_proposal_becomes_a_draft_only_by_a_person_and_only_as_it_was_seen(ada: User) -> None:
    rule = live(ada)
    faint_ones(rule)
    proposal = rule_learn(user=ada, rule=rule).proposal
    assert proposal is not None
    assert rule.versions.count() == 1
    with pytest.raises(ConflictError):
        proposal_draft(user=ada, rule=rule, document=proposal.document + " ")
    draft = proposal_draft(user=ada, rule=rule, document=proposal.document)
    assert (draft.number, draft.state) == (2, VersionState.DRAFT)
    assert rule.versions.get(state=VersionState.PUBLISHED).number == 1


def test_proposals_are_for_those_who_write_rules(ada: User) -> None:
    rule, vera = live(ada), make_user("vera")
    grant(vera, rule.cameras.get())
    with pytest.raises(ForbiddenError):
        rule_learn(user=vera, rule=rule)
    assert client_of(vera).get(f"/api/v1/rules/{rule.id}/proposal").status_code == 403


def test_the_api_shows_the_proposal_and_makes_it_a_draft(ada: User) -> None:
    rule = live(ada)
    client, address = client_of(ada), f"/api/v1/rules/{rule.id}/proposal"
    assert client.get(address).json()["proposal"] is None
    faint_ones(rule)
    proposal = client.get(address).json()["proposal"]
    assert (proposal["measure"], proposal["new"], proposal["dropped_false"]) == ("min_confidence", 0.6, 9)
    assert client.get(address).json()["backtest"] is None
    tried = proposal_try(user=ada, rule=rule, document=proposal["document"])
    assert client.get(address).json()["backtest"] == str(tried.id)
    answer = client.post(address, {"document": proposal["document"]}, format="json")
    assert (answer.status_code, answer.json()["number"], answer.json()["state"]) == (201, 2, "draft")


def test_the_page_tries_the_proposal_beside_it(ada: User) -> None:
    rule, browser = live(ada), Client()
    browser.force_login(ada)
    address = f"/rules/{rule.id}/proposal"
    assert "It takes 20 judged" in browser.get(address).content.decode()
    faint_ones(rule)
    page = browser.get(address).content.decode()
    assert "Would have dropped 9 of 10 false alarms" in page
    assert "Try it on past days" in page
    document = rule_learn(user=ada, rule=rule).proposal.document  # type: ignore[union-attr]
    browser.post(address, {"deed": "try", "document": document})
    assert Backtest.objects.get().document == document
    assert "Waiting" in browser.get(address).content.decode()
    browser.post(address, {"deed": "draft", "document": document})
    assert rule.versions.count() == 2


def test_of_very_many_cameras_those_with_the_most_verdicts_are_tried(ada: User) -> None:
    quiet = [make_camera(f"Quiet {number}") for number in range(MOST_CAMERAS + 5)]
    rule = live(ada)
    busy = rule.cameras.get()
    faint_ones(rule)
    rule.cameras.add(*quiet)
    tried = proposal_try(user=ada, rule=rule, document=rule.versions.get().document)
    assert tried.cameras.count() == MOST_CAMERAS
    assert tried.cameras.filter(camera=busy).exists()


COMMENTED = """\
# Agreed with the works council.
name: Loiterer
who:
  classes: [person]  # no vehicles
  min_confidence: 0.4
when: {in_zone: {zone: Yard, for: 5}}
"""
BLOCK = COMMENTED.replace("  min_confidence: 0.4\n", "")
NOBODY = "name: Loiterer\nwhen: {in_zone: Yard}  # the yard\n"


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        (COMMENTED, COMMENTED.replace("0.4", "0.6")),
        (BLOCK, BLOCK.replace("who:\n", "who:\n  min_confidence: 0.6\n")),
        (PLAIN, PLAIN.replace("who: {", "who: {min_confidence: 0.6, ")),
        (NOBODY, NOBODY.replace("when:", "who: {min_confidence: 0.6}\nwhen:")),
        (WITH_PARAMETERS, WITH_PARAMETERS.replace("0.4", "0.6")),
    ],
)
def test_the_authors_text_stays_but_for_the_value(ada: User, text: str, proposed: str) -> None:
    rule = live(ada, text)
    faint_ones(rule)
    proposal = rule_learn(user=ada, rule=rule).proposal
    assert proposal is not None
    assert proposal.document == proposed


def test_the_page_shows_the_verdicts_around_the_threshold_and_what_would_go(ada: User) -> None:
    rule = live(ada)
    faint_ones(rule)
    browser = Client()
    browser.force_login(ada)
    answer = browser.get(f"/rules/{rule.id}/proposal")
    page, spread = answer.content.decode(), answer.context["spread"]
    assert "How sure the detector is, at least 60\N{NO-BREAK SPACE}%" in page and "9 of 10" in page
    assert sum(bar.true for bar in spread.bars) == 20 and sum(bar.false for bar in spread.bars) == 10
    assert sum(bar.false for bar in spread.bars if bar.x < spread.cut) == 9
    shown = answer.context["dropped_false"]
    assert (len(shown.events), shown.more) == (8, 1)
    assert answer.context["dropped_true"].events == []


def test_a_text_that_begins_with_an_empty_line_is_sent_back_by_the_page_as_it_was(ada: User) -> None:
    rule = live(ada, "\n" + PLAIN)
    faint_ones(rule)
    browser = Client()
    browser.force_login(ada)
    page = browser.get(f"/rules/{rule.id}/proposal").content.decode()
    # A browser leaves out the first line break after the tag.
    sent = page.split('<textarea name="document" hidden>\n', 1)[1].split("</textarea>", 1)[0]
    browser.post(f"/rules/{rule.id}/proposal", {"deed": "draft", "document": sent})
    assert rule.versions.count() == 2
