"""Reading rules and their versions: those that a user may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from pydantic import ValidationError

from cameras.choices import SourceKind
from cameras.models import Camera
from cameras.selectors import cameras_visible_to, on_cameras_visible_to
from rules.choices import VersionState
from rules.engine.wanted_looks import models_required
from rules.models import Rule, RuleVersion
from vms.accounts.models import User
from vms.errors import NotFoundError
from workers.models import WorkerNode
from workers.selectors import further_models, streams_watched


def rules_visible_to(user: User | AnonymousUser) -> QuerySet[Rule]:
    """The rules on the user's cameras, all for an admin. The platform's own are not among them: there is nothing to
    set on them.
    """
    rules = Rule.objects.filter(system="")
    if isinstance(user, User) and user.is_admin:
        return rules
    return rules.filter(id__in=_on_cameras_of(user).values("rule"))


def rules_in_full(user: User | AnonymousUser) -> QuerySet[Rule]:
    """``rules_visible_to`` with those of each rule's cameras that the user may see, as ``visible_cameras``.

    ``version_number``, ``version_document`` and ``version_spec`` are of the version in force, None where there is
    none.
    """
    cameras = Prefetch("cameras", cameras_visible_to(user), to_attr="visible_cameras")
    return _with_version(rules_visible_to(user), "number", "document", "spec").prefetch_related(cameras)


def rules_listed(user: User | AnonymousUser) -> QuerySet[Rule]:
    """``rules_visible_to`` with the number and spec of the version in force, and on how many of the user's cameras."""
    mine = _on_cameras_of(user).filter(rule=OuterRef("pk")).order_by().values("rule")
    number = Subquery(mine.annotate(number=Count("*")).values("number"))
    return _with_version(rules_visible_to(user), "number", "spec").annotate(camera_number=Coalesce(number, 0))


def _on_cameras_of(user: User | AnonymousUser) -> QuerySet[Any]:
    """Pairs of a rule and one of the user's cameras."""
    return Rule.cameras.through.objects.filter(on_cameras_visible_to(user))


def _with_version(rules: QuerySet[Rule], *fields: str) -> QuerySet[Rule]:
    newest = RuleVersion.objects.filter(rule=OuterRef("pk")).order_by("-number")
    in_force = newest.filter(state=VersionState.PUBLISHED)
    return rules.annotate(
        newest_number=Subquery(newest.values("number")[:1]),
        **{f"version_{field}": Subquery(in_force.values(field)[:1]) for field in fields},
    )


def rules_of_events(user: User | AnonymousUser) -> QuerySet[Rule]:
    """The rules that events on the user's cameras can be of, for lists to choose from: the platform's own as well."""
    if isinstance(user, User) and user.is_admin:
        return Rule.objects.all()
    cameras = cameras_visible_to(user)
    mine = _on_cameras_of(user).values("rule")
    own = ~Q(system="") if cameras.exclude(source_kind=SourceKind.UPLOAD).exists() else Q(pk=None)
    return Rule.objects.filter(Q(id__in=mine) | own)


def rule_get(user: User | AnonymousUser, rule_id: int) -> Rule:
    """One rule.

    Raises:
        NotFoundError: there is none, or it is on none of the user's cameras.
    """
    return _one_of(rules_visible_to(user), rule_id)


def rule_get_in_full(user: User | AnonymousUser, rule_id: int) -> Rule:
    """One of ``rules_in_full``; errors as for ``rule_get``."""
    return _one_of(rules_in_full(user), rule_id)


def _one_of(rules: QuerySet[Rule], rule_id: int) -> Rule:
    rule = rules.filter(id=rule_id).first()
    if rule is None:
        raise NotFoundError(_("There is no such rule."))
    return rule


def rule_versions(rule: Rule) -> QuerySet[RuleVersion]:
    return rule.versions.select_related("created_by", "published_by")


def version_get(rule: Rule, number: int) -> RuleVersion:
    """One version of a rule that the user may see.

    Raises:
        NotFoundError: there is none.
    """
    version = rule_versions(rule).filter(number=number).first()
    if version is None:
        raise NotFoundError(_("There is no such version."))
    return version


def models_missing(version: RuleVersion) -> list[str]:
    """The further models without which it finds nothing, and which no worker has."""
    try:
        spec = version.parsed
    except ValidationError:
        return []
    return sorted(models_required(spec) - further_models())


@dataclass(frozen=True, slots=True)
class Lack:
    """A live camera on which a rule finds nothing now: its worker has not the model, though another one has."""

    camera: Camera
    node: WorkerNode
    model: str

    @property
    def reason(self) -> str:
        """Why its worker could not load it, if it has it."""
        return str(self.node.broken_models.get(self.model, ""))


def models_lacking(rule: Rule, version: RuleVersion) -> list[Lack]:
    """Models that no worker has at all are not among them. ``rule`` comes from ``rules_in_full``."""
    try:
        needed = models_required(version.parsed) & further_models()
    except ValidationError:
        return []
    if not needed or not rule.enabled:
        return []
    cameras: list[Camera] = rule.visible_cameras  # type: ignore[attr-defined]  # prefetched there
    return [
        Lack(camera, node, model)
        for camera, node in streams_watched(cameras)
        for model in sorted(needed - node.usable_models)
    ]
