"""What a rule's text would have found on one camera in a period, beside what the live rule found there."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop as _
from pydantic import ValidationError

from cameras.models import Camera
from cameras.models.zones import rule_shapes
from events.choices import Verdict
from events.models import Event, TrackLog
from events.selectors import track_logs_between
from events.track_portions import TrackPortion, portions
from rules.backtests.differing import differing
from rules.backtests.matching import Happening, pairs
from rules.backtests.results import MOST_GAPS, CameraResult, Span, Tally
from rules.choices import HitKind
from rules.engine.evaluation import ActiveRule
from rules.engine.replay import Replay, ReplayHit, asked_of
from rules.engine.schema import RuleSpec
from rules.frozen import camera_surroundings, spec_with
from rules.models import Rule, RuleOverride
from vms.accounts.models import User

WARM_UP, LONGEST_WARM_UP = timedelta(minutes=15), timedelta(hours=12)
"""What happened just before the period is played too, so that rules remember it; its hits are left out."""
SHORTEST_GAP = timedelta(seconds=10)
MOST_HITS = 200_000
"""Of one stream: they are held in memory, in the process that sends alerts too."""
Beat = Callable[[float], None]
"""Called as the work goes on, with the share of it that is done; may raise to stop it."""

NO_TRACKS = _("Nothing was logged of this camera in that time. Tracks are kept from when logging began, for some days.")
VALUES_DO_NOT_FIT = _("The values of the rule's parameters on this camera do not fit this text.")
TOO_OFTEN = "in this period it would come true more than {most:,} times; choose fewer days"
NOT_VISIBLE = _("You may not view this camera any more.")


@dataclass(frozen=True, slots=True)
class Trial:
    """``rule`` is the live one that the text is compared with, if there is one; ``user`` whose cameras are read."""

    spec: RuleSpec
    rule: Rule | None
    user: User
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A hit, or an event of the live rule that the text does not find. Times are instants."""

    kind: HitKind
    owner: uuid.UUID | None
    track_id: int
    started_at: datetime
    ended_at: datetime | None
    class_name: str
    confidence: float
    box_xyxy: list[float]
    evidence: dict[str, Any]
    event: Event | None = None

    @property
    def happening(self) -> Happening:
        return Happening(self.owner, self.track_id, self.started_at, self.ended_at)


def camera_measure(trial: Trial, camera: Camera, beat: Beat) -> tuple[CameraResult, list[Found]]:
    """The figures, and all hits and events that they count, in the order of time."""
    spec = _on_camera(trial, camera)
    if spec is None:
        return CameraResult(reason=VALUES_DO_NOT_FIT), []
    rows = list(track_logs_between(trial.user, [camera], trial.start - warm_up(spec), trial.end))
    covered = _covered(rows, trial)
    if not covered:
        return CameraResult(reason=NO_TRACKS, gaps=[Span(start=trial.start, end=trial.end)]), []
    playing = Playing(trial, camera, spec)
    hits = playing.play(rows, beat)
    if playing.unusable:
        return CameraResult(reason=_sentence(playing.unusable)), []
    found = _compared(hits, _live_events(trial, camera, covered))
    result = CameraResult(
        covered_seconds=sum(span.seconds for span in covered),
        gaps=sorted(_gaps(covered, trial), key=lambda gap: -gap.seconds)[:MOST_GAPS],
        differing=differing(camera, spec, trial.rule, rows, trial.start, trial.end),
        frames=playing.frames,
        **tally(found, ZoneInfo(camera.site.time_zone)).model_dump(),
    )
    return result, found


class Playing:
    """One text on one camera: a replay for each stream or recording."""

    def __init__(self, trial: Trial, camera: Camera, spec: RuleSpec) -> None:
        self.unusable = ""
        self.frames = 0
        self._trial = trial
        self._camera = camera
        self._rule = ActiveRule(trial.rule.id if trial.rule else 0, 0, spec)
        self._asked = asked_of(spec)
        self._zones = list(rule_shapes(camera))

    def play(self, rows: list[TrackLog], beat: Beat) -> list[Found]:
        found: list[Found] = []
        start, end = self._trial.start - warm_up(self._rule.spec), self._trial.end
        streams = groupby(portions(rows, start, end, asked=self._asked), key=lambda each: (each.owner_id, each.zero))
        for (owner_id, zero), stream in streams:
            hits = self._stream(stream, zero, beat)
            found.extend(self._found(hit, owner_id, zero) for hit in hits)
            if self.unusable:
                break
        return sorted(
            (each for each in found if self._trial.start <= each.started_at < end), key=lambda e: e.started_at
        )

    def _stream(self, stream: Iterable[TrackPortion], zero: datetime, beat: Beat) -> list[ReplayHit]:
        surroundings = camera_surroundings(self._camera, zero)
        replay = Replay(self._rule, self._zones, surroundings)
        self.unusable = replay.unusable
        hits: list[ReplayHit] = []
        for portion in () if self.unusable else stream:
            if portion.is_new:
                hits += replay.finish()
                self.frames += replay.frames
                replay = Replay(self._rule, self._zones, surroundings)
            hits += replay.play(portion.frames) if portion.table is None else replay.play_columns(portion.table)
            if portion.finished:
                hits += replay.finish()
            if len(hits) > MOST_HITS:
                self.unusable = TOO_OFTEN.format(most=MOST_HITS)
                return []
            beat((portion.until - self._trial.start) / (self._trial.end - self._trial.start))
        self.frames += replay.frames
        # What goes on at the end has no end yet.
        return [*hits, *replay.unfinished()]

    def _found(self, hit: ReplayHit, owner_id: uuid.UUID, zero: datetime) -> Found:
        started = hit.started
        return Found(
            kind=HitKind.NEW,
            owner=owner_id,
            track_id=started.track_id,
            started_at=zero + timedelta(milliseconds=started.start_ms),
            ended_at=None if hit.end_ms is None else zero + timedelta(milliseconds=hit.end_ms),
            class_name=started.class_name,
            confidence=round(float(started.confidence), 4),
            box_xyxy=[round(float(each), 5) for each in started.box_xyxy],
            evidence=started.evidence,
        )


def warm_up(spec: RuleSpec) -> timedelta:
    """Longer for a rule that hangs on what was longer ago."""
    return min(LONGEST_WARM_UP, WARM_UP + timedelta(seconds=spec.remembered_seconds))


def tally(found: Iterable[Found], zone: ZoneInfo) -> Tally:
    counts = Tally()
    for each in found:
        setattr(counts, each.kind, getattr(counts, each.kind) + 1)
        verdict = each.event.verdict if each.event else Verdict.UNREVIEWED
        if verdict != Verdict.UNREVIEWED:
            name = f"{each.kind}_{verdict}"
            setattr(counts, name, getattr(counts, name) + 1)
        if each.kind != HitKind.GONE:
            counts.hours[each.started_at.astimezone(zone).hour] += 1
    return counts


def _on_camera(trial: Trial, camera: Camera) -> RuleSpec | None:
    """The text with the camera's own values; None where they do not fit."""
    overrides = RuleOverride.objects.filter(rule=trial.rule, camera=camera).order_by("zone") if trial.rule else ()
    try:
        return spec_with(trial.spec, camera.name, list(overrides))
    except ValidationError:
        return None


def _live_events(trial: Trial, camera: Camera, covered: list[Span]) -> list[Event]:
    """Those of the live rule that began while tracks were logged: of other times nobody knows."""
    if trial.rule is None:
        return []
    events = Event.objects.filter(
        camera=camera, rule=trial.rule, started_at__gte=trial.start, started_at__lt=trial.end
    ).order_by("started_at", "id")
    spans = iter(covered)
    span = next(spans, None)
    known = []
    for event in events.iterator():
        while span is not None and span.end < event.started_at:
            span = next(spans, None)
        if span is not None and span.start <= event.started_at:
            known.append(event)
    return known


def _compared(hits: list[Found], events: list[Event]) -> list[Found]:
    lives = [Happening(each.stream_id or each.job_id, each.track_id, each.started_at, each.ended_at) for each in events]
    matched = pairs([each.happening for each in hits], lives)
    found = [_kept(hit, events[matched[number]]) if number in matched else hit for number, hit in enumerate(hits)]
    taken = set(matched.values())
    found += [_gone(event) for number, event in enumerate(events) if number not in taken]
    return sorted(found, key=lambda each: each.started_at)


def _kept(hit: Found, event: Event) -> Found:
    values = {name: getattr(hit, name) for name in Found.__dataclass_fields__}
    return Found(**values | {"kind": HitKind.KEPT, "event": event})


def _gone(event: Event) -> Found:
    return Found(
        kind=HitKind.GONE,
        owner=event.stream_id or event.job_id,
        track_id=event.track_id,
        started_at=event.started_at,
        ended_at=event.ended_at,
        class_name=event.class_name,
        confidence=event.confidence,
        box_xyxy=list(event.box_xyxy),
        evidence=event.evidence,
        event=event,
    )


def _covered(rows: Iterable[TrackLog], trial: Trial) -> list[Span]:
    """When tracks were logged within the period, in the order of time; short pauses are not told."""
    spans: list[Span] = []
    for row in sorted(rows, key=lambda row: row.starts_at):
        start, end = max(row.starts_at, trial.start), min(row.ends_at, trial.end)
        if end <= start:
            continue
        if spans and start - spans[-1].end <= SHORTEST_GAP:
            spans[-1] = Span(start=spans[-1].start, end=max(spans[-1].end, end))
        else:
            spans.append(Span(start=start, end=end))
    return spans


def _gaps(covered: list[Span], trial: Trial) -> Iterator[Span]:
    edges = [trial.start, *(edge for span in covered for edge in (span.start, span.end)), trial.end]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start > SHORTEST_GAP:
            yield Span(start=start, end=end)


def _sentence(reason: str) -> str:
    return f"The rule cannot be used on this camera: {reason}."
