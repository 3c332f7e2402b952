"""A rule played over the tracks of the past: the same events as live, without a step for frames that change nothing."""

from rules.engine.replay.columns import TrackTable, columns_of
from rules.engine.replay.replay import Replay, ReplayHit, why_not_at
from rules.engine.replay.segments import joined, segment_table
from rules.engine.replay.words import asked_of

__all__ = [
    "Replay",
    "ReplayHit",
    "TrackTable",
    "asked_of",
    "columns_of",
    "joined",
    "segment_table",
    "why_not_at",
]
