"""Versions of a rule: saved as drafts, published, rolled back. None is ever written over another unnoticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from rules.choices import VersionState
from rules.engine.schema import DocumentError, RuleSpec, parse_rule
from rules.models import Rule, RuleVersion
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError, InvalidError
from vms.locking import row_lock
from workers.services.waking import reconcile_soon


class RuleChangedError(ConflictError):
    """Somebody else saved or published since the editor looked. Both texts are in the answer: neither is lost."""

    code = "rule_changed"

    def __init__(self, theirs: RuleVersion | None, yours: str | None = None) -> None:
        who = theirs.created_by.get_username() if theirs and theirs.created_by else _("somebody")
        words = (
            _(
                "The rule was changed meanwhile: version %(number)s of %(who)s is there now. "
                "Compare the two and save again."
            )
            if theirs
            else _("The rule was changed meanwhile: it is not in force any more. Compare the two and save again.")
        )
        super().__init__(words % {"number": theirs.number if theirs else "", "who": who})
        self.theirs = theirs
        self.yours = yours

    def as_json(self) -> dict[str, Any]:
        theirs = {"number": self.theirs.number, "document": self.theirs.document} if self.theirs else None
        return super().as_json() | {"theirs": theirs, "yours": self.yours}


@dataclass(frozen=True, slots=True)
class Saving:
    """A document to save. ``based_on``: the newest version when the author began; None where nobody began earlier."""

    document: str
    note: str = ""
    based_on: int | None = None
    publish: bool = False


@transaction.atomic
def version_save(*, user: User, rule: Rule, saving: Saving) -> RuleVersion:
    """Make the next version, as a draft or in force at once; a text that is the newest's makes none.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the document cannot be used; ``fields`` says where.
        RuleChangedError: the newest version is not the one that the text is based on.
        ConflictError: it is to be in force, and another rule has its name.
    """
    admin_require(user)
    rule = rule_lock(rule)
    newest = rule.versions.select_related("created_by").first()
    if saving.based_on is not None and (newest is None or newest.number != saving.based_on):
        raise RuleChangedError(newest, saving.document)
    spec = document_parse(saving.document)
    version = newest
    if newest is None or newest.document != saving.document:
        version = version_add(rule, user, saving, spec)
        audit_record(actor=user, action="rule.saved", target=rule, version=version.number, note=version.note)
    assert version is not None  # noqa: S101  either there was one or it is made now
    if saving.publish and version.state != VersionState.PUBLISHED:
        if version.state == VersionState.RETIRED:
            version = version_add(rule, user, saving, spec)
        _put_in_force(rule, version, user)
    return version


@transaction.atomic
def version_publish(*, user: User, rule: Rule, number: int, in_force: int | None) -> RuleVersion:
    """Put a draft in force. ``in_force``: the version that was in force when the admin looked, None if none was.

    Raises:
        ForbiddenError: the user is no admin.
        RuleChangedError: another version is in force by now.
        ConflictError: it is no draft, or another rule has its name.
        InvalidError: this release does not take its text any more; ``fields`` says where.
    """
    admin_require(user)
    rule = rule_lock(rule)
    version = _version(rule, number)
    _in_force_require(rule, in_force)
    if version.state != VersionState.DRAFT:
        raise ConflictError(
            _("Version %(number)s is no draft. To bring an older one back, roll back to it.") % {"number": number}
        )
    version_read(version)
    _put_in_force(rule, version, user)
    return version


@transaction.atomic
def version_roll_back(*, user: User, rule: Rule, number: int, in_force: int | None) -> RuleVersion:
    """Put an older version's text in force again, as a new version; errors as for ``version_publish``."""
    admin_require(user)
    rule = rule_lock(rule)
    older = _version(rule, number)
    _in_force_require(rule, in_force)
    if older.state == VersionState.PUBLISHED:
        raise ConflictError(_("Version %(number)s is in force already.") % {"number": number})
    saving = Saving(older.document, _("Rolled back to version %(number)s.") % {"number": number}, based_on=number)
    version = version_add(rule, user, saving, version_read(older))
    _put_in_force(rule, version, user)
    return version


def version_read(version: RuleVersion) -> RuleSpec:
    """Its text as this release reads it, which may be stricter than the one that saved it; or InvalidError."""
    try:
        return parse_rule(version.document) if version.document else version.parsed
    except DocumentError as error:
        raise InvalidError(
            _("Version %(number)s cannot be used any more: %(problem)s. Copy it into the editor and mend it there.")
            % {"number": version.number, "problem": error.problems[0]},
            fields={"document": error.problems},
        ) from error
    except ValidationError:
        words = _("Version %(number)s cannot be read by this release.") % {"number": version.number}
        raise ConflictError(words) from None


def document_parse(document: str) -> RuleSpec:
    """Read a rule's YAML, or raise InvalidError with one sentence for each fault."""
    try:
        return parse_rule(document)
    except DocumentError as error:
        raise InvalidError(
            _("The rule cannot be used: %(problem)s.") % {"problem": error.problems[0]},
            fields={"document": error.problems},
        ) from error


def rule_lock(rule: Rule) -> Rule:
    """The rule as it stands, locked against others; the platform's own cannot be changed."""
    rule = row_lock(rule)
    if rule.system:
        raise ConflictError(
            _("Rule %(name)s belongs to VMS and cannot be changed. Alert policies can name it.") % {"name": rule.name}
        )
    return rule


def rule_save(rule: Rule) -> Rule:
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError:
        raise ConflictError(
            _("There already is a rule named %(name)s.") % {"name": rule.name}, fields={"document": ["name"]}
        ) from None
    return rule


def version_add(rule: Rule, user: User, saving: Saving, spec: RuleSpec) -> RuleVersion:
    """The next version, as a draft; the rule is locked."""
    newest = rule.versions.aggregate(number=Max("number"))["number"]
    return RuleVersion.objects.create(
        rule=rule,
        number=(newest or 0) + 1,
        state=VersionState.DRAFT,
        document=saving.document,
        spec=spec.model_dump(mode="json"),
        note=saving.note[:300],
        based_on=saving.based_on or newest,
        created_by=user,
    )


def _version(rule: Rule, number: int) -> RuleVersion:
    version = rule.versions.filter(number=number).first()
    if version is None:
        raise ConflictError(
            _("There is no version %(number)s of rule %(name)s.") % {"number": number, "name": rule.name}
        )
    return version


def _in_force_require(rule: Rule, seen: int | None) -> None:
    version = rule.versions.select_related("created_by").filter(state=VersionState.PUBLISHED).first()
    if (version.number if version else None) != seen:
        raise RuleChangedError(version)


def _put_in_force(rule: Rule, version: RuleVersion, user: User) -> None:
    rule.versions.filter(state=VersionState.PUBLISHED).update(state=VersionState.RETIRED)
    version.state = VersionState.PUBLISHED
    version.published_by, version.published_at = user, timezone.now()
    version.save(update_fields=["state", "published_by", "published_at"])
    rule.name = version.spec["name"]
    rule_save(rule)
    audit_record(actor=user, action="rule.published", target=rule, version=version.number)
    reconcile_soon()
