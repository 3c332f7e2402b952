"""A rule played over the tracks of the past: the same events as live, without a step for frames that change nothing."""

from rules.engine.replay.columns import TrackTable, columns_of
from rules.engine.replay.replay import Replay, ReplayHit, why_not_at
from rules.engine.replay.segments import joined, segment_table
from rules.engine.replay.words import asks_only_tracks

__all__ = [
    "Replay",
    "ReplayHit",
    "TrackTable",
    "asks_only_tracks",
    "columns_of",
    "joined",
    "segment_table",
    "why_not_at",
]
