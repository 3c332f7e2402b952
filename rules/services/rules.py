"""Changing rules: their document, cameras, and whether they are switched on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from cameras.models import Camera
from rules.models import Rule
from rules.services.assignment import rule_cameras_change
from rules.services.versions import Saving, document_parse, rule_lock, rule_save, version_save
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError
from workers.services.waking import reconcile_soon


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What is to change; None leaves it as it is. ``based_on`` as for ``Saving``; a ``draft`` is not put in force."""

    document: str | None = None
    cameras: Iterable[Camera] | None = None
    enabled: bool | None = None
    based_on: int | None = None
    note: str = ""
    draft: bool = False


@transaction.atomic
def rule_create(
    *,
    user: User,
    document: str,
    cameras: Iterable[Camera],
    enabled: bool = True,
    note: str = "",
    draft: bool = False,
) -> Rule:
    """Make a rule from a YAML document; its name is the document's. A draft runs nowhere until it is published.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the document cannot be used; ``fields`` says where.
        ConflictError: another rule has the name.
    """
    admin_require(user)
    spec = document_parse(document)
    rule = rule_save(Rule(name=spec.name, enabled=enabled))
    rule.cameras.set(cameras)
    audit_record(actor=user, action="rule.created", target=rule, name=rule.name)
    version_save(user=user, rule=rule, saving=Saving(document, note, publish=not draft))
    return Rule.objects.get(id=rule.id)


@transaction.atomic
def rule_update(*, user: User, rule: Rule, change: RuleChange) -> Rule:
    """Change a rule; a document that differs from the newest version becomes the next version, in force at once.

    Raises:
        ForbiddenError, InvalidError, ConflictError, RuleChangedError: as for ``rule_create`` and ``version_save``;
            the platform's own rules stay as they are.
    """
    admin_require(user)
    rule = rule_lock(rule)
    if change.document is not None:
        saving = Saving(change.document, change.note, change.based_on, publish=not change.draft)
        version_save(user=user, rule=rule, saving=saving)
        rule.refresh_from_db()
    rule.enabled = rule.enabled if change.enabled is None else change.enabled
    rule_save(rule)
    if change.cameras is not None:
        chosen = list(change.cameras)
        others = rule.cameras.exclude(id__in=[camera.id for camera in chosen])
        rule_cameras_change(user=user, rule=rule, added=chosen, removed=others)
    newest = rule.versions.first()
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
    rule = rule_lock(rule)
    audit_record(actor=user, action="rule.deleted", target=rule, name=rule.name)
    reconcile_soon()
    try:
        with transaction.atomic():
            rule.delete()
    except ProtectedError:
        raise ConflictError(
            _("Rule %(name)s has events. Switch it off instead of deleting it.") % {"name": rule.name}
        ) from None
