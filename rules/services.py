"""Changing rules. A version never changes: an edited document becomes the next one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError

from cameras.models import Camera
from rules.engine.schema import DocumentError, RuleSpec, parse_rule
from rules.models import Rule, RuleVersion
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError, InvalidError
from workers.services.waking import reconcile_soon


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What is to change; None leaves it as it is."""

    document: str | None = None
    cameras: Iterable[Camera] | None = None
    enabled: bool | None = None


@transaction.atomic
def rule_create(*, user: User, document: str, cameras: Iterable[Camera], enabled: bool = True) -> Rule:
    """Make a rule from a YAML document; its name is the document's.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the document cannot be used; ``fields`` says where.
        ConflictError: another rule has the name.
    """
    admin_require(user)
    spec = document_parse(document)
    rule = _save(Rule(name=spec.name, enabled=enabled))
    rule.cameras.set(cameras)
    _version_add(rule, user, document, spec)
    audit_record(actor=user, action="rule.created", target=rule, name=rule.name)
    reconcile_soon()
    return rule


@transaction.atomic
def rule_update(*, user: User, rule: Rule, change: RuleChange) -> Rule:
    """Change a rule; a document that differs from the newest version becomes the next version.

    Raises:
        ForbiddenError, InvalidError, ConflictError: as for ``rule_create``; the platform's own rules stay as they are.
    """
    admin_require(user)
    rule = Rule.objects.select_for_update().get(id=rule.id)
    _users_require(rule)
    rule.enabled = rule.enabled if change.enabled is None else change.enabled
    newest = rule.versions.first()
    if change.document is not None and (newest is None or newest.document != change.document):
        spec = document_parse(change.document)
        rule.name = spec.name
        newest = _version_add(rule, user, change.document, spec)
    _save(rule)
    if change.cameras is not None:
        rule.cameras.set(change.cameras)
    audit_record(
        actor=user, action="rule.changed", target=rule, version=newest.number if newest else 0, enabled=rule.enabled
    )
    reconcile_soon()
    return rule


@transaction.atomic
def rule_delete(*, user: User, rule: Rule) -> None:
    """Delete a rule that has no events yet.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: events refer to it; it can be switched off instead. Or it is the platform's own.
    """
    admin_require(user)
    _users_require(rule)
    audit_record(actor=user, action="rule.deleted", target=rule, name=rule.name)
    reconcile_soon()
    try:
        rule.delete()
    except ProtectedError:
        raise ConflictError(f"Rule {rule.name} has events. Switch it off instead of deleting it.") from None


def _users_require(rule: Rule) -> None:
    if rule.system:
        raise ConflictError(f"Rule {rule.name} belongs to VMS and cannot be changed. Alert policies can name it.")


def document_parse(document: str) -> RuleSpec:
    """Read a rule's YAML, or raise InvalidError with one sentence for each fault."""
    try:
        return parse_rule(document)
    except DocumentError as error:
        raise InvalidError(
            f"The rule cannot be used: {error.problems[0]}.", fields={"document": error.problems}
        ) from error


def _save(rule: Rule) -> Rule:
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError:
        raise ConflictError(f"There already is a rule named {rule.name}.", fields={"document": ["name"]}) from None
    return rule


def _version_add(rule: Rule, user: User, document: str, spec: RuleSpec) -> RuleVersion:
    newest = rule.versions.aggregate(number=Max("number"))["number"] or 0
    return RuleVersion.objects.create(
        rule=rule, number=newest + 1, document=document, spec=spec.model_dump(mode="json"), created_by=user
    )
