"""Rules as they stand in a folder of files: applied whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from cameras.models import Camera
from rules.choices import VersionState
from rules.differences import text_difference
from rules.engine.schema import Fault
from rules.folders import FileFault, Placement, RuleFolder, WrittenRule, plain_document
from rules.models import Rule
from rules.services.overrides import OverrideValues, overrides_set
from rules.services.rules import RuleChange, rule_create, rule_delete, rule_update
from rules.services.versions import Saving, version_save
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.errors import ConflictError, DomainError

Cameras = dict[str, list[Camera]]
"""By ``Site / Camera`` and by the camera's name alone."""


class FolderError(Exception):
    """Nothing was changed; ``faults`` says why."""

    def __init__(self, faults: list[FileFault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Applying:
    """``dry``: only find out what would change. ``prune``: rules that the folder lacks are deleted or switched off."""

    note: str = ""
    prune: bool = False
    dry: bool = False


@dataclass(slots=True)
class Step:
    """What became of a rule; ``differences`` holds its document's, and a line for each other change."""

    rule: str
    deed: str
    differences: list[str] = field(default_factory=list)


def folder_apply(*, user: User, folder: RuleFolder, applying: Applying) -> list[Step]:
    """Make rules as the folder has them; what it does not name stays as it is. Steps are told of what changes only.

    Raises:
        ForbiddenError: the user is no admin.
        FolderError: something in the folder cannot be used; nothing was changed.
    """
    admin_require(user)
    faults = list(folder.faults)
    cameras = _cameras()
    for name, placement in folder.placements.items():
        faults.extend(_unknown_cameras(folder, name, placement, cameras))
    if faults:
        raise FolderError(faults)
    with transaction.atomic():
        steps = [_applied(user, folder, written, cameras, applying, faults) for written in folder.rules.values()]
        if faults:
            raise FolderError(faults)
        if applying.prune:
            steps.extend(_pruned(user, folder))
        if applying.dry:
            transaction.set_rollback(True)
    return [step for step in steps if step.deed]


def _applied(
    user: User, folder: RuleFolder, written: WrittenRule, cameras: Cameras, applying: Applying, faults: list[FileFault]
) -> Step:
    step = Step(written.spec.name, "")
    try:
        with transaction.atomic():
            _apply(user, written, folder.placements.get(step.rule), cameras, applying, step)
    except DomainError as error:
        problems = [each for many in error.fields.values() for each in many]
        faults.append(FileFault(written.file, Fault("", "; ".join([error.message, *problems[1:]]), written.line)))
    return step


def _apply(
    user: User, written: WrittenRule, placement: Placement | None, cameras: Cameras, applying: Applying, step: Step
) -> None:
    publish = placement.published if placement else True
    rule = Rule.objects.select_for_update().filter(name=step.rule).first()
    if rule is None:
        step.deed = "new"
        step.differences.append(text_difference("", written.document, ("nothing", written.file)))
        rule = rule_create(user=user, document=written.document, cameras=[], note=applying.note, draft=not publish)
    else:
        _apply_document(user, rule, written, Saving(written.document, applying.note, publish=publish), step)
    if placement is not None:
        _apply_placement(user, rule, placement, cameras, step)


def _apply_document(user: User, rule: Rule, written: WrittenRule, saving: Saving, step: Step) -> None:
    in_force = rule.versions.filter(state=VersionState.PUBLISHED).first()
    before = in_force if saving.publish else rule.versions.first()
    if before is not None and plain_document(before.document) == written.document:
        return
    version = version_save(user=user, rule=rule, saving=saving)
    step.deed = "changed"
    old = before.document if before else ""
    names = (f"version {before.number}" if before else "nothing", f"{written.file} (version {version.number})")
    step.differences.append(text_difference(old, written.document, names))


def _apply_placement(user: User, rule: Rule, placement: Placement, cameras: Cameras, step: Step) -> None:
    wanted = {_camera(name, cameras) for name in placement.cameras}
    before = set(rule.cameras.all())
    if wanted != before or rule.enabled != placement.enabled:
        step.deed = step.deed or "changed"
        step.differences.extend(f"+ camera {camera}" for camera in sorted(map(str, wanted - before)))
        step.differences.extend(f"- camera {camera}" for camera in sorted(map(str, before - wanted)))
        if rule.enabled != placement.enabled:
            step.differences.append("switched on" if placement.enabled else "switched off")
        rule_update(user=user, rule=rule, change=RuleChange(cameras=wanted, enabled=placement.enabled))
    values = [
        OverrideValues(_camera(each.camera, cameras), _json(each.parameters), each.zone or "")
        for each in placement.overrides
    ]
    new = {(each.camera.id, each.zone): each.parameters for each in values}
    if new != {(each.camera_id, each.zone): each.parameters for each in rule.overrides.all()}:
        step.deed = step.deed or "changed"
        step.differences.append(f"values on single cameras: {len(values)}")
        overrides_set(user=user, rule=rule, overrides=values)


def _json(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}


def _pruned(user: User, folder: RuleFolder) -> Iterator[Step]:
    for rule in Rule.objects.filter(system="").exclude(name__in=folder.rules):
        try:
            rule_delete(user=user, rule=rule)
            yield Step(rule.name, "deleted")
        except ConflictError:
            if rule.enabled:
                rule_update(user=user, rule=rule, change=RuleChange(enabled=False))
                yield Step(rule.name, "switched off, since it has events")


def _cameras() -> Cameras:
    found: Cameras = {}
    for camera in Camera.objects.select_related("site"):
        for name in (f"{camera.site.name} / {camera.name}", camera.name):
            found.setdefault(name, []).append(camera)
    return found


def _camera(name: str, cameras: Cameras) -> Camera:
    return cameras[name][0]


def _unknown_cameras(folder: RuleFolder, rule: str, placement: Placement, cameras: Cameras) -> Iterator[FileFault]:
    places: list[tuple[tuple[str | int, ...], str]] = [
        (("cameras", index), name) for index, name in enumerate(placement.cameras)
    ]
    places += [(("overrides", index, "camera"), each.camera) for index, each in enumerate(placement.overrides)]
    for path, name in places:
        found = cameras.get(name, [])
        if len(found) != 1:
            told = "there is no such camera" if not found else "several cameras have this name: write “Site / Camera”"
            yield folder.deployment_fault(("rules", rule, *path), f"“{name[:80]}”: {told}")
