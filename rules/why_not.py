"""Why nothing was reported: how near each rule of a camera was to coming true at a moment, from the track log."""

from __future__ import annotations

import functools
import operator
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from cameras.models import Camera
from events.missing_words import missing_sentence
from events.selectors import track_logs_between
from events.track_portions import TrackPortion, portions
from rules.engine.evaluation import ActiveRule
from rules.engine.explanation import WhyNot
from rules.engine.frames import FrameTracks
from rules.engine.replay import Replay, asked_of, why_not_at
from rules.engine.schema import ZoneShape
from rules.engine.surroundings import Surroundings
from rules.engine.track_log import EVERYTHING, Asked
from rules.models import Rule
from rules.selectors import rules_listed
from rules.told_then import ToldThen, told_then
from vms.accounts.models import User
from vms.errors import DomainError, InvalidError

REMEMBERED = timedelta(minutes=10)
"""So much of what was before is played, so that rules remember it."""
LONGEST = timedelta(hours=12)
"""The same of rules that ask for more. Longer stays look as if they had begun then."""
NEAREST = timedelta(seconds=10)
"""The last frame before the moment has to be so close to it."""
EARLIEST, AHEAD = datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=1)
"""Outside of them nothing can have been logged, and the ends of the calendar are near."""


class NothingLoggedError(DomainError):
    code = "nothing_logged"
    http_status = 404

    def __init__(self) -> None:
        super().__init__(_("Nothing was logged of this camera at that moment, so nobody can say what was missing."))


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """``rule`` is None where the rule could not be used at all. ``sentences`` say what was missing.

    ``was_in_use``: whether this version was looked for then; else it is the one in force now, of a rule that was not
    in use. ``version_now``: what is in force now, if anything.
    """

    rule: Rule | None = None
    version: int = 0
    version_now: int | None = None
    was_in_use: bool = False
    met: bool = False
    nearness: float = 0.0
    track_id: int | None = None
    class_name: str = ""
    sentences: list[str] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Watched:
    """The stream that was watched at a moment, and its frames of the last minutes until then."""

    owner_id: uuid.UUID
    epoch: int
    zero: datetime
    frames: list[FrameTracks]

    def frames_since(self, instant: datetime) -> list[FrameTracks]:
        """At least the last one."""
        since_ms = (instant - self.zero) / timedelta(milliseconds=1)
        return [each for each in self.frames if each.timestamp_ms >= since_ms] or self.frames[-1:]


@dataclass(frozen=True, slots=True)
class Scenery:
    """Rules, and the camera that they are played on."""

    rules: Sequence[ActiveRule]
    zones: Sequence[ZoneShape]
    surroundings: Surroundings

    def replays(self) -> list[Replay]:
        return [Replay(rule, self.zones, self.surroundings) for rule in self.rules]


@dataclass(frozen=True, slots=True)
class WhyNotAnswer:
    """``frame_at``: the instant of the frame that was looked at, the last one until the moment asked for."""

    camera: Camera
    at: datetime
    frame_at: datetime
    tracks: int
    rules: list[RuleAnswer]


def camera_why_not(*, user: User, camera: Camera, at: datetime) -> WhyNotAnswer:
    """The rules that were in use then, and those that are only now; those that came nearest first.

    Raises:
        NothingLoggedError: there is no track log of that moment.
        InvalidError: ``at`` has no time zone.
    """
    if at.tzinfo is None:
        raise InvalidError(_("Say the moment with its offset from UTC."), fields={"at": [_("An offset is missing.")]})
    if not EARLIEST <= at <= timezone.now() + AHEAD:
        raise NothingLoggedError
    watched = _watched_at(user, camera, at)
    then = told_then(camera, watched.owner_id, watched.epoch, watched.zero, at - LONGEST - REMEMBERED)
    found = _found(user, camera, at, watched, then)
    return WhyNotAnswer(
        camera=camera,
        at=at,
        frame_at=watched.zero + timedelta(milliseconds=watched.frames[-1].timestamp_ms),
        tracks=len(watched.frames[-1].track_ids),
        rules=sorted(_answers(user, found, then), key=lambda each: -each.nearness),
    )


def _watched_at(user: User, camera: Camera, at: datetime) -> Watched:
    best: tuple[datetime, Watched] | None = None
    found = _portions(user, camera, at - REMEMBERED, at)
    for (owner_id, zero), stream in groupby(found, key=lambda each: (each.owner_id, each.zero)):
        epoch, frames = _last_run(stream)
        last = zero + timedelta(milliseconds=frames[-1].timestamp_ms)
        if at - last <= NEAREST and (best is None or last > best[0]):
            best = last, Watched(owner_id, epoch, zero, frames)
    if best is None:
        raise NothingLoggedError
    return best[1]


def _portions(
    user: User, camera: Camera, start: datetime, until: datetime, asked: Asked = EVERYTHING
) -> Iterator[TrackPortion]:
    end = until + timedelta(milliseconds=1)
    return portions(list(track_logs_between(user, [camera], start, end)), start, end, asked=asked)


def _last_run(stream: Iterable[TrackPortion]) -> tuple[int, list[FrameTracks]]:
    """The last epoch, and the frames since rules were last told that the stream was over, or tracks numbered anew."""
    frames: list[FrameTracks] = []
    epoch, is_over = 0, False
    for portion in stream:
        if is_over or portion.is_new:
            frames = []
        frames += _frames_since(portion, 0)
        epoch, is_over = portion.epoch, portion.finished
    return epoch, frames


def _frames_since(portion: TrackPortion, since_ms: int) -> list[FrameTracks]:
    table = portion.table
    if table is None:
        return [each for each in portion.frames if each.timestamp_ms >= since_ms]
    return [table.frame(number) for number in range(int(np.searchsorted(table.at_ms, since_ms)), len(table))]


def _found(user: User, camera: Camera, at: datetime, watched: Watched, then: ToldThen) -> list[WhyNot]:
    """No rule remembers anything from before the worker knew it."""
    by_start: dict[datetime, list[ActiveRule]] = defaultdict(list)
    for each in then.config.rules:
        since = then.since.get((each.rule_id, each.version), EARLIEST)
        by_start[since].append(ActiveRule(each.rule_id, each.version, each.spec))
    found: list[WhyNot] = []
    for since, rules in by_start.items():
        known = Scenery(rules, then.config.zones, then.config.surroundings())
        found += _found_since(since, known, watched, user, camera, at)
    return found


def _found_since(
    since: datetime, known: Scenery, watched: Watched, user: User, camera: Camera, at: datetime
) -> list[WhyNot]:
    def asks_for_more(rule: ActiveRule) -> bool:
        return rule.spec.remembered_seconds > REMEMBERED.total_seconds() and at - since > REMEMBERED

    long = [each for each in known.rules if asks_for_more(each)]
    short = [each for each in known.rules if each not in long]
    found = why_not_at(short, known.zones, watched.frames_since(since), known.surroundings)
    if not long:
        return found
    asked = functools.reduce(operator.or_, [asked_of(each.spec) for each in long])
    start = at - min(LONGEST, REMEMBERED + timedelta(seconds=max(each.spec.remembered_seconds for each in long)))
    earlier = _portions(user, camera, max(start, since), at, asked)
    own = (each for each in earlier if each.owner_id == watched.owner_id)
    return found + _recalled(replace(known, rules=long), own, watched.frames[0].timestamp_ms)


def _recalled(known: Scenery, stream: Iterable[TrackPortion], since_ms: int) -> list[WhyNot]:
    """Of rules that remember more than the last minutes: what was before ``since_ms`` is played as in a back-test."""
    replays, is_over = known.replays(), False
    for portion in stream:
        if portion.is_new:
            replays = known.replays()
        later = _frames_since(portion, since_ms)
        for replay in replays:
            if is_over:
                replay.finish()
            if portion.table is not None:
                replay.play_columns(portion.table.between(0, len(portion.table) - len(later)))
                replay.follow(later)
            else:
                replay.follow(portion.frames)
        is_over = portion.finished
    return [each for replay in replays for each in replay.why_not()]


def _answers(user: User, found: Sequence[WhyNot], then: ToldThen) -> Iterator[RuleAnswer]:
    """Of the rules that the user may see."""
    rules = rules_listed(user).in_bulk([each.rule_id for each in found])
    for each in found:
        if each.rule_id in rules:
            yield _answer(each, rules[each.rule_id], was_in_use=(each.rule_id, each.version) in then.in_use)
    for sentence in then.left_out:
        yield RuleAnswer(sentences=[sentence])


def _answer(found: WhyNot, rule: Rule, *, was_in_use: bool) -> RuleAnswer:
    sentences = [sentence for each in found.missing if (sentence := missing_sentence(each))]
    if found.reason:
        sentences.append(f"{found.reason[:1].upper()}{found.reason[1:]}.")
    if found.met:
        sentences.append(_("It was fulfilled at that moment."))
    return RuleAnswer(
        rule=rule,
        version=found.version,
        version_now=rule.version_number,  # type: ignore[attr-defined]  # annotated there
        was_in_use=was_in_use,
        met=found.met,
        nearness=round(found.nearness, 3),
        track_id=found.track_id,
        class_name=found.class_name,
        sentences=sentences,
        missing=[dict(each) for each in found.missing],
    )
