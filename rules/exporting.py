"""Rules written to a folder of files, as ``manage.py rules apply`` reads them back to the identical state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.utils.text import slugify

from rules.choices import VersionState
from rules.differences import spec_text
from rules.folders import DEPLOYMENT, ENDINGS, plain_document
from rules.models import Rule, RuleVersion
from vms.errors import ConflictError


def folder_export(path: Path) -> list[str]:
    """Write every rule with its version in force, or its newest draft where none is; return the files' names.

    Raises:
        ConflictError: the folder holds other YAML files, which would be read back as rules; nothing was written.
    """
    files, placements = _files()
    files[DEPLOYMENT] = yaml.safe_dump({"rules": placements}, sort_keys=False, allow_unicode=True)
    others = [
        each.relative_to(path).as_posix()
        for each in (path.rglob("*") if path.is_dir() else ())
        if each.suffix in ENDINGS and each.relative_to(path).as_posix() not in files
    ]
    if others:
        raise ConflictError(f"{path} holds {sorted(others)[0]}, which is none of the rules. Nothing was written.")
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (path / name).write_text(text, encoding="utf-8", newline="\n")
    return sorted(files)


def _files() -> tuple[dict[str, str], dict[str, Any]]:
    files: dict[str, str] = {}
    placements: dict[str, Any] = {}
    for rule in Rule.objects.filter(system="").prefetch_related("cameras__site", "overrides__camera__site"):
        version = _version(rule)
        if version is None:
            continue
        files[_free_name(slugify(rule.name) or "rule", files)] = plain_document(
            version.document or spec_text(version.parsed)
        )
        placements[rule.name] = _placement(rule, version)
    return files, placements


def _version(rule: Rule) -> RuleVersion | None:
    """A draft under another name is not this rule's text yet."""
    in_force = rule.versions.filter(state=VersionState.PUBLISHED).first()
    return in_force or rule.versions.filter(spec__name=rule.name).first()


def _free_name(slug: str, files: dict[str, str]) -> str:
    taken = {*files, DEPLOYMENT}
    number = 1
    while (name := f"{slug}{'' if number == 1 else f'-{number}'}.yaml") in taken:
        number += 1
    return name


def _placement(rule: Rule, version: RuleVersion) -> dict[str, Any]:
    placement: dict[str, Any] = {} if rule.enabled else {"enabled": False}
    if version.state != VersionState.PUBLISHED:
        placement["published"] = False
    placement["cameras"] = sorted(f"{camera.site.name} / {camera.name}" for camera in rule.cameras.all())
    overrides = [
        {"camera": f"{each.camera.site.name} / {each.camera.name}"}
        | ({"zone": each.zone} if each.zone else {})
        | {"parameters": each.parameters}
        for each in rule.overrides.all()
    ]
    return placement | ({"overrides": overrides} if overrides else {})
