"""Which tracks and which frames a rule has to be shown, so that it finds what it would find in all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from rules.engine.basics import ZoneShape
from rules.engine.geometry import Flags, Floats
from rules.engine.memory import FORGET_MS, MOST_AWAY
from rules.engine.replay.columns import TrackTable, Whole
from rules.engine.replay.moments import Memory, Moments
from rules.engine.replay.motion import STANDING, LastSeen
from rules.engine.replay.relevance import Relevance
from rules.engine.replay.rows import NONE
from rules.engine.replay.sightings import Sightings
from rules.engine.replay.words import UnknownToReplayError, asks_for_company
from rules.engine.rule import LineCrossing, RuleSpec, ZonePresence
from rules.engine.surroundings import Calibration

Lately = Mapping[int, LastSeen]
"""By track that may be seen again."""
NOTHING_USUAL: Mapping[int, float | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Plan:
    """``steps``: the numbers of the frames to be shown, the first and the last among them, in rising order."""

    columns: TrackTable
    steps: Whole
    best: Floats
    """By row of the columns: the track's best confidence until then."""
    motion: Floats | None
    """(6, rows) of the columns, where the rule asks how tracks move."""
    lately: Lately
    memories: Mapping[int, Sequence[Memory]] = field(default_factory=dict)
    """Of clauses, by the identity of their words: what they have to be told before each frame that is shown."""


def plan_of(
    spec: RuleSpec,
    zones: Mapping[str, ZoneShape],
    columns: TrackTable,
    lately: Lately,
    calibration: Calibration | None = None,
    before_ms: float = -math.inf,
    usual_sharpness: Mapping[int, float | None] = NOTHING_USUAL,
) -> Plan | None:
    """``lately``, ``before_ms`` and what is usual for each ``camera`` (by the identity of its words) are of the past.

    None: every frame has to be shown, from now on.
    """
    everything = Sightings(columns, zones, lately, calibration, before_ms)
    if _forgets(everything, lately):
        return None
    last_minute = columns.at_ms[everything.frames] >= columns.at_ms[-1] - FORGET_MS
    try:
        kept = _relevant(spec, everything) | everything.whose(last_minute)
        kept |= np.isin(everything.tracks, np.fromiter(lately, np.int64, len(lately)))
        subjects = everything.tracks[kept]
        some = everything if asks_for_company(spec) else everything.only(kept[everything.track_of])
        study = Moments(some, spec.who, np.isin(some.tracks, subjects))
        study.usual_sharpness = usual_sharpness
        moments = _moments(spec, some, study)
    except UnknownToReplayError:
        return None
    lasts = some.lasts[columns.at_ms[some.frames[some.lasts]] >= columns.at_ms[-1] - FORGET_MS]
    # What is remembered of those who may come back is up to date at the end.
    moments[some.frames[lasts]] = True
    moments[0] = moments[-2:] = True
    motion = some.motion if spec.needs_motion() else None
    seen = _seen(some, lasts, motion, lately)
    return Plan(some.columns.without_items(), moments.nonzero()[0], some.best, motion, seen, study.memories)


def _seen(some: Sightings, lasts: Whole, motion: Floats | None, lately: Lately) -> Lately:
    columns = some.columns
    earlier = {track: seen for track, seen in lately.items() if seen.at_ms >= columns.at_ms[-1] - FORGET_MS}
    tracks, times = columns.track_ids[lasts].tolist(), columns.at_ms[some.frames[lasts]].tolist()
    moving = [STANDING] * len(lasts) if motion is None else [tuple(each) for each in motion[:, lasts].T.tolist()]
    rows = zip(tracks, some.best[lasts].tolist(), times, moving, strict=True)
    return earlier | {
        track: LastSeen(best, at_ms, each, _spots(some, track, lately)) for track, best, at_ms, each in rows
    }


def _spots(some: Sightings, track: int, lately: Lately) -> Mapping[str, tuple[float, ...]]:
    known = lately[track].spots if track in lately else {}
    return {**known, **{key: ends[track] for key, ends in some.spots.items() if track in ends}}


def _relevant(spec: RuleSpec, sightings: Sightings) -> Flags:
    study, when = Relevance(sightings, spec.who), spec.when
    if isinstance(when, ZonePresence):
        return sightings.whose(sightings.fitting(spec.who) & sightings.inside(when.zone))
    return study.crossing(when.line) if isinstance(when, LineCrossing) else study.relevant(when)


def _moments(spec: RuleSpec, sightings: Sightings, study: Moments) -> Flags:
    when = spec.when
    if isinstance(when, ZonePresence):
        inside = sightings.fitting(spec.who) & sightings.inside(when.zone)
        sure = inside & (sightings.columns.confidences >= spec.who.min_confidence)
        return study.changes(inside) | study.changes(sure)
    if isinstance(when, LineCrossing):
        return study.crossings(when.line)
    return study.moments_of_rule(when)


def _forgets(sightings: Sightings, lately: Lately) -> bool:
    """Whether an engine may have forgotten a track that comes back: after a minute, or among very many."""
    at_ms = sightings.columns.at_ms[sightings.frames]
    previous = sightings.previous_rows
    known = previous != NONE
    if (at_ms[known] - at_ms[previous[known]] > FORGET_MS).any():
        return True
    firsts = (~known).nonzero()[0]
    returned = zip(sightings.columns.track_ids[firsts].tolist(), at_ms[firsts].tolist(), strict=True)
    if lately and any(first - lately[track].at_ms > FORGET_MS for track, first in returned if track in lately):
        return True
    ends = at_ms[sightings.run_ends]
    # As many may be away from the columns before.
    most = MOST_AWAY // 2
    return len(ends) > most and bool((ends[most:] - ends[:-most] <= FORGET_MS).any())
