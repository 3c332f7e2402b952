"""Which rules a camera's tracks were watched for at a moment: as the worker was told then, not as they are now."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from pydantic import ValidationError

from cameras.models import Camera
from rules.frozen import camera_config, versions_in_force
from rules.models import RuleVersion
from workers.models import Job, StreamLease, ToldConfig
from workers.runtime.contract import CameraConfig

Version = tuple[int, int]
"""A rule's id and the number of its version."""


@dataclass(frozen=True, slots=True)
class ToldThen:
    """The rules of that moment and, of rules that were not in use then, the version in force now.

    ``in_use``: those of that moment. ``since``: from when on the worker knew one of them, where that was lately.
    ``left_out``: a sentence for each rule that cannot be used on the camera.
    """

    config: CameraConfig
    in_use: Collection[Version]
    since: Mapping[Version, datetime] = field(default_factory=dict)
    left_out: Sequence[str] = ()


class Told(NamedTuple):
    """What one lease was told, and where it begins in stream time. ``config``: None where it was not kept yet."""

    from_ms: int
    versions: frozenset[Version]
    config: CameraConfig | None = None


def told_then(camera: Camera, owner_id: uuid.UUID, epoch: int, zero: datetime, earliest: datetime) -> ToldThen:
    """What the node was told that wrote these tracks; what was before ``earliest`` does not matter.

    Zones and the values of the rules' parameters are those of then too: a rule is asked about the zones that were there
    at the moment, also of what was before it.
    """
    job = Job.objects.filter(id=owner_id).exclude(config=None).first()
    if job is not None:
        return _with_others(camera, CameraConfig.model_validate(job.config), zero)
    told = _told_by_leases(owner_id, epoch, (earliest - zero) // timedelta(milliseconds=1))
    in_use = told[0].versions if told else frozenset()
    known = {version: zero + timedelta(milliseconds=_known_since(version, told)) for version in in_use}
    since = {version: instant for version, instant in known.items() if instant > earliest}
    if told and told[0].config is not None:
        return replace(_with_others(camera, told[0].config, zero), since=since)
    frozen = camera_config(camera, zero, [*_versions(in_use), *_of_other_rules(camera, in_use)])
    return ToldThen(frozen.config, in_use, since, frozen.left_out)


def _with_others(camera: Camera, config: CameraConfig, zero: datetime) -> ToldThen:
    """What was told, and the rules that are in use only now, in the zones of then."""
    in_use = {(rule.rule_id, rule.version) for rule in config.rules}
    others = camera_config(camera, zero, _of_other_rules(camera, in_use))
    more = {
        "rules": (*config.rules, *others.config.rules),
        "clock": config.clock or others.config.clock,
        "ground": config.ground or others.config.ground,
    }
    return ToldThen(config.model_copy(update=more), in_use, left_out=others.left_out)


def _told_by_leases(stream_id: uuid.UUID, epoch: int, earliest_ms: int) -> list[Told]:
    """The newest first."""
    leases = StreamLease.objects.filter(stream=stream_id, epoch__lte=epoch).order_by("-epoch")
    lasting = list(leases.filter(Q(until_ms=None) | Q(until_ms__gte=earliest_ms)))
    told = [Told(each.from_ms, frozenset((rule, number) for rule, number in each.rules)) for each in lasting]
    kept = lasting[0].told if lasting else None
    return [told[0]._replace(config=_read(kept)), *told[1:]] if kept else told


def _read(kept: ToldConfig) -> CameraConfig | None:
    try:
        return CameraConfig.model_validate(kept.config)
    except ValidationError:
        return None  # this release reads it no more


def _known_since(version: Version, told: Iterable[Told]) -> int:
    """Where the first lease begins since when every one was told of it."""
    without_a_break = itertools.takewhile(lambda each: version in each.versions, told)
    return min(each.from_ms for each in without_a_break)


def _versions(wanted: Collection[Version]) -> list[RuleVersion]:
    either = Q(pk=None)
    for rule, number in wanted:
        either |= Q(rule=rule, number=number)
    return list(RuleVersion.objects.filter(either).select_related("rule").order_by("rule_id"))


def _of_other_rules(camera: Camera, in_use: Collection[Version]) -> list[RuleVersion]:
    return list(versions_in_force(camera).exclude(rule__in={rule for rule, _ in in_use}))
