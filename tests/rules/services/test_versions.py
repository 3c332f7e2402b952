"""Saving, publishing and rolling back: no text is lost, and nobody writes over another unnoticed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rules.frozen import camera_config
from rules.models import Rule
from rules.services import (
    RuleChange,
    RuleChangedError,
    Saving,
    rule_create,
    rule_update,
    version_publish,
    version_roll_back,
    version_save,
)
from tests.cameras.world import make_camera, make_user
from tests.rules.documents import LONGER, LONGEST, PLAIN, SQUARE
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ConflictError, ForbiddenError, InvalidError
from workers.services.stream_configs import config_hashes

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def rule(ada: User) -> Rule:
    camera = make_camera("Gate")
    camera.zones.create(name="Yard", kind="polygon", points=SQUARE)
    return rule_create(user=ada, document=PLAIN, cameras=[camera])


def states(rule: Rule) -> list[tuple[int, str]]:
    return [(version.number, version.state) for version in rule.versions.order_by("number")]


def running(rule: Rule) -> list[tuple[int, float]]:
    """The version that a worker would get, and its seconds in the zone."""
    config = camera_config(rule.cameras.get()).config
    return [(each.version, each.spec.model_dump()["when"]["in_zone"]["for"]) for each in config.rules]


def test_a_draft_is_kept_with_its_author_and_does_not_run(ada: User, rule: Rule) -> None:
    bob = make_user("bob", role=Role.ADMIN)
    draft = version_save(user=bob, rule=rule, saving=Saving(LONGER, "Too many alarms.", based_on=1))
    assert (draft.created_by, draft.note, draft.based_on) == (bob, "Too many alarms.", 1)
    assert states(rule) == [(1, "published"), (2, "draft")]
    assert running(rule) == [(1, 5)]


def test_a_published_draft_is_the_one_in_force_and_the_one_before_retires(ada: User, rule: Rule) -> None:
    version_save(user=ada, rule=rule, saving=Saving(LONGER))
    version = version_publish(user=ada, rule=rule, number=2, in_force=1)
    assert version.published_by == ada and version.published_at is not None
    assert states(rule) == [(1, "retired"), (2, "published")]
    assert running(rule) == [(2, 9)]


def test_nodes_are_told_anew_of_what_is_published_and_not_of_drafts(ada: User, rule: Rule) -> None:
    camera_id = rule.cameras.get().id
    before = config_hashes([camera_id])
    version_save(user=ada, rule=rule, saving=Saving(LONGER))
    assert config_hashes([camera_id]) == before
    version_publish(user=ada, rule=rule, number=2, in_force=1)
    assert config_hashes([camera_id]) != before


def test_a_rule_of_which_there_are_only_drafts_runs_nowhere(ada: User) -> None:
    camera = make_camera("Gate")
    camera.zones.create(name="Yard", kind="polygon", points=SQUARE)
    rule = rule_create(user=ada, document=PLAIN, cameras=[camera], draft=True)
    assert (states(rule), running(rule)) == ([(1, "draft")], [])
    version_publish(user=ada, rule=rule, number=1, in_force=None)
    assert running(rule) == [(1, 5)]


def test_rolling_back_publishes_the_older_text_as_a_new_version(ada: User, rule: Rule) -> None:
    rule_update(user=ada, rule=rule, change=RuleChange(document=LONGER))
    version = version_roll_back(user=ada, rule=rule, number=1, in_force=2)
    assert (version.number, version.document, version.note) == (3, PLAIN, "Rolled back to version 1.")
    assert states(rule) == [(1, "retired"), (2, "retired"), (3, "published")]
    assert running(rule) == [(3, 5)]


@pytest.mark.parametrize("deed", [version_publish, version_roll_back])
def test_a_version_whose_text_is_no_longer_taken_says_where_and_why(
    ada: User, rule: Rule, deed: Callable[..., object]
) -> None:
    """An earlier release took it in."""
    state = "draft" if deed is version_publish else "retired"
    text = PLAIN + "parameters: {seconds: 5}\n"
    rule.versions.create(number=2, state=state, document=text, spec=rule.versions.get().spec)
    with pytest.raises(InvalidError) as refused:
        deed(user=ada, rule=rule, number=2, in_force=1)
    assert "line 4: parameters.seconds: nothing uses it" in refused.value.message
    assert refused.value.fields["document"][0].startswith("line 4: parameters.seconds")
    assert states(rule) == [(1, "published"), (2, state)]


def test_who_edits_an_older_version_is_told_and_both_texts_are_in_the_answer(ada: User, rule: Rule) -> None:
    version_save(user=ada, rule=rule, saving=Saving(LONGER, based_on=1))
    with pytest.raises(RuleChangedError) as refused:
        version_save(user=ada, rule=rule, saving=Saving(LONGEST, based_on=1))
    answer = refused.value.as_json()
    assert (answer["theirs"], answer["yours"]) == ({"number": 2, "document": LONGER}, LONGEST)
    assert len(states(rule)) == 2


@pytest.mark.parametrize("deed", [version_publish, version_roll_back])
def test_nothing_is_put_in_force_over_a_version_that_the_admin_has_not_seen(
    ada: User, rule: Rule, deed: Callable[..., object]
) -> None:
    version_save(user=ada, rule=rule, saving=Saving(LONGER))
    version_save(user=ada, rule=rule, saving=Saving(LONGEST, publish=True))
    with pytest.raises(RuleChangedError):
        deed(user=ada, rule=rule, number=2, in_force=1)
    assert running(rule) == [(3, 60)]


@pytest.mark.parametrize("number", [1, 2])
def test_only_drafts_are_published(ada: User, rule: Rule, number: int) -> None:
    rule_update(user=ada, rule=rule, change=RuleChange(document=LONGER))
    with pytest.raises(ConflictError):
        version_publish(user=ada, rule=rule, number=number, in_force=2)


def test_the_version_in_force_is_not_rolled_back_to(ada: User, rule: Rule) -> None:
    with pytest.raises(ConflictError):
        version_roll_back(user=ada, rule=rule, number=1, in_force=1)


def test_an_invalid_text_changes_nothing_and_says_where(ada: User, rule: Rule) -> None:
    with pytest.raises(InvalidError) as refused:
        rule_update(user=ada, rule=rule, change=RuleChange(document=PLAIN.replace("in_zone", "in_zon"), enabled=False))
    assert refused.value.fields["document"][0].startswith("line 3: when")
    rule.refresh_from_db()
    assert rule.enabled and states(rule) == [(1, "published")]


def test_a_draft_with_another_rules_name_cannot_be_published(ada: User, rule: Rule) -> None:
    rule_create(user=ada, document=PLAIN.replace("Loiterer", "Other"), cameras=[])
    version_save(user=ada, rule=rule, saving=Saving(PLAIN.replace("Loiterer", "Other")))
    with pytest.raises(ConflictError):
        version_publish(user=ada, rule=rule, number=2, in_force=1)
    assert states(rule) == [(1, "published"), (2, "draft")]


def test_a_rule_takes_the_name_of_the_version_in_force(ada: User, rule: Rule) -> None:
    version_save(user=ada, rule=rule, saving=Saving(PLAIN.replace("Loiterer", "Lurker")))
    assert Rule.objects.get(id=rule.id).name == "Loiterer"
    version_publish(user=ada, rule=rule, number=2, in_force=1)
    assert Rule.objects.get(id=rule.id).name == "Lurker"


def test_only_admins_save_publish_and_roll_back(ada: User, rule: Rule) -> None:
    sam = make_user("sam", role=Role.SUPERVISOR)
    deeds: list[Callable[[], object]] = [
        lambda: version_save(user=sam, rule=rule, saving=Saving(LONGER)),
        lambda: version_publish(user=sam, rule=rule, number=1, in_force=1),
        lambda: version_roll_back(user=sam, rule=rule, number=1, in_force=1),
    ]
    for deed in deeds:
        with pytest.raises(ForbiddenError):
            deed()


def test_every_deed_stands_in_the_audit_trail(ada: User, rule: Rule) -> None:
    AuditEntry.objects.all().delete()
    version_save(user=ada, rule=rule, saving=Saving(LONGER, "Why."))
    version_publish(user=ada, rule=rule, number=2, in_force=1)
    entries = AuditEntry.objects.order_by("id").values_list("action", "detail")
    assert list(entries) == [
        ("rule.saved", {"version": 2, "note": "Why."}),
        ("rule.published", {"version": 2}),
    ]
