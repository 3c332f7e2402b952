"""Why nothing was reported: how near each rule of a camera was to coming true at a moment, from the track log."""

from __future__ import annotations

import functools
import operator
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
from rules.frozen import camera_config
from rules.models import Rule
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
    """``rule`` is None where the rule could not be used at all. ``sentences`` say what was missing."""

    rule: Rule | None
    version: int
    met: bool
    nearness: float
    track_id: int | None
    class_name: str
    sentences: list[str]
    missing: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Watched:
    """The stream that was watched at a moment, and its frames of the last minutes until then."""

    owner_id: uuid.UUID
    zero: datetime
    frames: list[FrameTracks]


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
    """The rules in force now, those that came nearest first.

    Raises:
        NothingLoggedError: there is no track log of that moment.
        InvalidError: ``at`` has no time zone.
    """
    if at.tzinfo is None:
        raise InvalidError(_("Say the moment with its offset from UTC."), fields={"at": [_("An offset is missing.")]})
    if not EARLIEST <= at <= timezone.now() + AHEAD:
        raise NothingLoggedError
    watched = _watched_at(user, camera, at)
    config = camera_config(camera, watched.zero)
    rules = [ActiveRule(each.rule_id, each.version, each.spec) for each in config.config.rules]
    known = Scenery(rules, config.config.zones, config.config.surroundings())
    found = _found(user, camera, at, watched, known)
    names = Rule.objects.in_bulk([each.rule_id for each in found])
    answers = [_answer(each, names.get(each.rule_id)) for each in found]
    answers += [_left_out(sentence) for sentence in config.left_out]
    return WhyNotAnswer(
        camera=camera,
        at=at,
        frame_at=watched.zero + timedelta(milliseconds=watched.frames[-1].timestamp_ms),
        tracks=len(watched.frames[-1].track_ids),
        rules=sorted(answers, key=lambda each: -each.nearness),
    )


def _watched_at(user: User, camera: Camera, at: datetime) -> Watched:
    best: tuple[datetime, Watched] | None = None
    found = _portions(user, camera, at - REMEMBERED, at)
    for (owner_id, zero), stream in groupby(found, key=lambda each: (each.owner_id, each.zero)):
        frames = _last_run(stream)
        last = zero + timedelta(milliseconds=frames[-1].timestamp_ms)
        if at - last <= NEAREST and (best is None or last > best[0]):
            best = last, Watched(owner_id, zero, frames)
    if best is None:
        raise NothingLoggedError
    return best[1]


def _portions(
    user: User, camera: Camera, start: datetime, until: datetime, asked: Asked = EVERYTHING
) -> Iterator[TrackPortion]:
    end = until + timedelta(milliseconds=1)
    return portions(list(track_logs_between(user, [camera], start, end)), start, end, asked=asked)


def _last_run(stream: Iterable[TrackPortion]) -> list[FrameTracks]:
    """The frames since the rules were last told that the stream was over, or tracks were numbered anew."""
    frames: list[FrameTracks] = []
    is_over = False
    for portion in stream:
        if is_over or portion.is_new:
            frames = []
        frames += _frames_since(portion, 0)
        is_over = portion.finished
    return frames


def _frames_since(portion: TrackPortion, since_ms: int) -> list[FrameTracks]:
    table = portion.table
    if table is None:
        return [each for each in portion.frames if each.timestamp_ms >= since_ms]
    return [table.frame(number) for number in range(int(np.searchsorted(table.at_ms, since_ms)), len(table))]


def _found(user: User, camera: Camera, at: datetime, watched: Watched, known: Scenery) -> list[WhyNot]:
    long = [each for each in known.rules if each.spec.remembered_seconds > REMEMBERED.total_seconds()]
    short = [each for each in known.rules if each not in long]
    found = why_not_at(short, known.zones, watched.frames, known.surroundings)
    if not long:
        return found
    asked = functools.reduce(operator.or_, [asked_of(each.spec) for each in long])
    start = at - min(LONGEST, REMEMBERED + timedelta(seconds=max(each.spec.remembered_seconds for each in long)))
    earlier = (each for each in _portions(user, camera, start, at, asked) if each.owner_id == watched.owner_id)
    return found + _recalled(replace(known, rules=long), earlier, watched.frames[0].timestamp_ms)


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


def _left_out(sentence: str) -> RuleAnswer:
    return RuleAnswer(None, 0, met=False, nearness=0, track_id=None, class_name="", sentences=[sentence], missing=[])


def _answer(found: WhyNot, rule: Rule | None) -> RuleAnswer:
    sentences = [sentence for each in found.missing if (sentence := missing_sentence(each))]
    if found.reason:
        sentences.append(f"{found.reason[:1].upper()}{found.reason[1:]}.")
    if found.met:
        sentences.append(_("It was fulfilled at that moment."))
    return RuleAnswer(
        rule=rule,
        version=found.version,
        met=found.met,
        nearness=round(found.nearness, 3),
        track_id=found.track_id,
        class_name=found.class_name,
        sentences=sentences,
        missing=[dict(each) for each in found.missing],
    )
