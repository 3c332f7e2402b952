"""Importing a list of cameras: every line judged first, then all of them written, or the good ones, or none."""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from cameras.addresses import address_host, address_with_login, source_kind_of
from cameras.camera_list import ListedCamera, cameras_listed
from cameras.choices import CameraPriority, SourceKind
from cameras.models import Camera, Site
from cameras.services.cameras import CameraChange, camera_check, cameras_store
from cameras.services.networks import is_outside, networks_allowed
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import InvalidError

YES = frozenset({"yes", "true", "1", "on", "y"})
NO = frozenset({"no", "false", "0", "off", "n"})


class Outcome(StrEnum):
    """What becomes of a line."""

    CREATE = "create"
    UPDATE = "update"
    SKIP = "skip"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """What to do where a choice is needed. A dry run writes nothing."""

    update_existing: bool = True
    good_lines_only: bool = False
    dry_run: bool = True


@dataclass(slots=True)
class LineReport:
    """One line as it is told to people: no address, no login."""

    line: int
    site: str
    name: str
    outcome: Outcome
    problems: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """``applied``: whether anything was written."""

    applied: bool
    lines: tuple[LineReport, ...]

    def count(self, outcome: Outcome) -> int:
        return sum(line.outcome is outcome for line in self.lines)

    @property
    def counts(self) -> dict[str, int]:
        return {outcome.value: self.count(outcome) for outcome in Outcome}


@dataclass(slots=True)
class _Plan:
    report: LineReport
    change: CameraChange = field(default_factory=CameraChange, repr=False)
    camera: Camera | None = None


class _Known:
    """What is there, read once: a query for every line would take minutes."""

    def __init__(self) -> None:
        self.sites = {site.name: site for site in Site.objects.all()}
        self.cameras = {(camera.site_id, camera.name): camera for camera in Camera.objects.select_related("site")}
        self.lines: dict[tuple[int, str], int] = {}
        self.networks = networks_allowed()


def cameras_import(*, user: User, data: bytes, choices: ImportChoices) -> ImportReport:
    """Judge a list of cameras (``cameras.camera_list.COLUMNS``) and, unless it is a dry run, write it.

    A camera of the same site and name is the same camera. A line that leaves a cell empty keeps what is stored.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: it is no list of cameras as a whole; nothing was written.
        ConflictError, NotFoundError: somebody else changed or deleted cameras meanwhile; nothing was written.
    """
    admin_require(user)
    known = _Known()
    plans = [_plan(listed, known, choices) for listed in cameras_listed(data)]
    lines = tuple(plan.report for plan in plans)
    is_clean = all(line.outcome is not Outcome.WRONG for line in lines)
    if choices.dry_run or not (is_clean or choices.good_lines_only):
        return ImportReport(applied=False, lines=lines)
    _write(user, plans)
    return ImportReport(applied=True, lines=lines)


@transaction.atomic
def _write(user: User, plans: list[_Plan]) -> None:
    new = [plan.change for plan in plans if plan.report.outcome is Outcome.CREATE]
    old = [plan for plan in plans if plan.report.outcome is Outcome.UPDATE]
    changed = [(plan.camera, plan.change) for plan in old if plan.camera is not None]
    cameras_store(user=user, new=new, changed=changed)
    report = ImportReport(applied=True, lines=tuple(plan.report for plan in plans))
    audit_record(actor=user, action="cameras.imported", target=user, **report.counts)


def _plan(listed: ListedCamera, known: _Known, choices: ImportChoices) -> _Plan:
    report = LineReport(listed.number, listed.values["site"], listed.values["name"], Outcome.WRONG)
    plan = _Plan(report)
    if listed.problem:
        report.problems.append(listed.problem)
        return plan
    site = known.sites.get(report.site)
    if site is None:
        report.problems.append(_("There is no site of this name: add it first, or correct the name."))
        return plan
    plan.camera = known.cameras.get((site.pk, report.name))
    earlier = known.lines.setdefault((site.pk, report.name), listed.number)
    if earlier != listed.number:
        report.problems.append(_("Line %(earlier)s names the same camera.") % {"earlier": earlier})
        return plan
    if plan.camera is not None and not choices.update_existing:
        report.outcome = Outcome.SKIP
        return plan
    plan.change = _change(listed.values, site, plan)
    _judge(plan)
    _warn(plan, known)
    return plan


def _judge(plan: _Plan) -> None:
    """The camera's own checks, on one that is thrown away."""
    stored = plan.camera
    tried = Camera() if stored is None else copy(stored)
    try:
        camera_check(tried, plan.change)
    except InvalidError as error:
        plan.report.problems += [sentence for sentences in error.fields.values() for sentence in sentences]
    if not plan.report.problems:
        plan.report.outcome = Outcome.CREATE if stored is None else Outcome.UPDATE


def _warn(plan: _Plan, known: _Known) -> None:
    """Of what is stored all the same. A host's name is looked up by who connects, not here."""
    for url in filter(None, (plan.change.url, plan.change.clip_url)):
        if is_outside(address_host(url), known.networks):
            plan.report.warnings.append(
                _("%(host)s is outside the networks in which cameras may be: nothing will connect to it.")
                % {"host": address_host(url)}
            )


def _change(values: dict[str, str], site: Site, plan: _Plan) -> CameraChange:
    report = plan.report
    url, clip_url = (_address(values, name, report) for name in ("url", "clip_url"))
    if (values["user"] or values["password"]) and not values["url"] and not values["clip_url"]:
        report.problems.append(_("A login without an address changes nothing: write the address too."))
    if plan.camera is not None:
        stored = {"url": plan.camera.sealed_url, "clip_url": plan.camera.sealed_clip_url}
        report.kept += [
            _("%(name)s is kept") % {"name": name} for name, sealed in stored.items() if sealed and not values[name]
        ]
    kind = source_kind_of(values["url"]) if values["url"] else None
    return CameraChange(
        name=values["name"],
        site=site,
        source_kind=kind or (SourceKind.UPLOAD if plan.camera is None else None),
        url=url,
        clip_url=clip_url,
        detect_fps=_number(values["detect_fps"], report),
        priority=_priority(values["priority"], report),
        enabled=_flag(values["enabled"], report),
    )


def _address(values: dict[str, str], name: str, report: LineReport) -> str | None:
    """The address with the line's login; None where the cell is empty."""
    url = values[name]
    return address_with_login(url, values["user"], values["password"]) if url else None


def _number(text: str, report: LineReport) -> float | None:
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return number
    report.problems.append(_("detect_fps is no number, such as 5 or 2.5."))
    return None


def _priority(text: str, report: LineReport) -> str | None:
    if text and text.lower() not in CameraPriority.values:
        report.problems.append(_("priority must be one of %(value)s.") % {"value": ", ".join(CameraPriority.values)})
        return None
    return text.lower() or None


def _flag(text: str, report: LineReport) -> bool | None:
    if not text:
        return None
    if text.lower() not in YES | NO:
        report.problems.append(_("enabled must be yes or no."))
    return text.lower() in YES
