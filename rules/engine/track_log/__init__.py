"""The track log: what was tracked, frame by frame, in compact segments from which rules can be tried again.

A frame goes into the log as the rules saw it: it is ``quantised`` before the engine gets it, so that the same rules
find the same in the log as they found live. ``SegmentWriter`` collects frames, ``decode_segment`` gives them back.
"""

from rules.engine.track_log.asked import EVERYTHING, ONLY_TRACKS, Asked
from rules.engine.track_log.decoding import decode_columns, decode_segment, read_header
from rules.engine.track_log.encoding import encode_segment
from rules.engine.track_log.errors import BadSegmentError
from rules.engine.track_log.header import SegmentHeader, SegmentOrigin
from rules.engine.track_log.steps import quantised
from rules.engine.track_log.writer import SEGMENT_MS, Segment, SegmentWriter

__all__ = [
    "EVERYTHING",
    "ONLY_TRACKS",
    "SEGMENT_MS",
    "Asked",
    "BadSegmentError",
    "Segment",
    "SegmentHeader",
    "SegmentOrigin",
    "SegmentWriter",
    "decode_columns",
    "decode_segment",
    "encode_segment",
    "quantised",
    "read_header",
]
