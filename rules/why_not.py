"""Why nothing was reported: how near each rule of a camera was to coming true at a moment, from the track log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cameras.models import Camera
from events.missing_words import missing_sentence
from events.selectors import track_logs_between
from events.track_reading import TrackStretch, stretches
from rules.engine.evaluation import ActiveRule
from rules.engine.explanation import WhyNot
from rules.engine.frames import FrameTracks
from rules.engine.replay import why_not_at
from rules.frozen import camera_config
from rules.models import Rule
from vms.accounts.models import User
from vms.errors import DomainError, InvalidError

REMEMBERED = timedelta(minutes=10)
"""So much of what was before is played, so that rules remember it. Longer stays look as if they had begun then."""
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
    zero, frames = _before(user, camera, at)
    config = camera_config(camera, zero)
    rules = [ActiveRule(each.rule_id, each.version, each.spec) for each in config.config.rules]
    found = why_not_at(rules, config.config.zones, frames, config.config.surroundings())
    names = Rule.objects.in_bulk([each.rule_id for each in found])
    answers = [_answer(each, names.get(each.rule_id)) for each in found]
    answers += [_left_out(sentence) for sentence in config.left_out]
    return WhyNotAnswer(
        camera=camera,
        at=at,
        frame_at=zero + timedelta(milliseconds=frames[-1].timestamp_ms),
        tracks=len(frames[-1].track_ids),
        rules=sorted(answers, key=lambda each: -each.nearness),
    )


def _before(user: User, camera: Camera, at: datetime) -> tuple[datetime, list[FrameTracks]]:
    """The frames of the stream that was watched at the moment, until then, and its zero."""
    end = at + timedelta(milliseconds=1)
    rows = list(track_logs_between(user, [camera], at - REMEMBERED, end))
    streams = groupby(stretches(rows, at - REMEMBERED, end), key=lambda each: (each.owner_id, each.zero))
    best: tuple[datetime, datetime, list[FrameTracks]] | None = None
    for (_owner, zero), stream in streams:
        frames = _last_run(list(stream))
        last = zero + timedelta(milliseconds=frames[-1].timestamp_ms)
        if at - last <= NEAREST and (best is None or last > best[0]):
            best = last, zero, frames
    if best is None:
        raise NothingLoggedError
    return best[1], best[2]


def _last_run(stream: list[TrackStretch]) -> list[FrameTracks]:
    """The frames since the rules were last told that the stream was over."""
    begins = max((number for number, each in enumerate(stream[:-1], start=1) if each.finished), default=0)
    return [frame for each in stream[begins:] for frame in each.frames]


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
