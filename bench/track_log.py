"""`bench track_log`: how large the track log of a camera's day is, and what a frame costs to write and to read.

The tracks are those of real footage (see bench/replay/recording.py): a busy path, and a room that is mostly empty. Each
is taken as often as it gives three objects a frame; times vary by a few milliseconds, as those of live cameras do.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Sequence
from random import Random

from bench.criterion import Criterion, at_most, report
from bench.replay.recording import FPS, SCENES, DetectionRecording, recorded
from rules.engine.frames import FrameTracks
from rules.engine.track_log import Segment, SegmentOrigin, SegmentWriter, decode_segment, quantised
from rules.engine.track_log.steps import NO_IDS, NO_PLACES, NO_SURETIES
from workers.runtime.tracking import Tracker

OBJECTS = 3
FRAMES_A_DAY = FPS * 86_400
MOST_MEGABYTES = 10
MOST_MICROSECONDS = 20
ROUNDS = 7
JITTER_MS = 4
ORIGIN = SegmentOrigin(camera_id=1, owner_id=uuid.UUID(int=1), epoch=1, interval_ms=1000 / FPS, model="yolo11n")


def main() -> int:
    """Prints a line a criterion; 0 when every goal is reached."""
    return report([criterion for name in SCENES for criterion in _criteria(name)])


def _criteria(name: str) -> list[Criterion]:
    frames = _tracks(recorded(name))
    spent: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        start = time.process_time()
        segments = _written(frames)
        between = time.process_time()
        read = sum(1 for segment in segments for _ in decode_segment(segment.data))
        spent.append((between - start, time.process_time() - between))
        assert read == len(frames)
    write, read_back = (min(seconds) / len(frames) * 1e6 for seconds in zip(*spent, strict=True))
    return [
        at_most(
            f"{name}: a camera's day, {OBJECTS} objects on average", _day_bytes(frames) / 1e6, MOST_MEGABYTES, "MB"
        ),
        at_most(f"{name}: writing a frame", write, MOST_MICROSECONDS, "us"),
        at_most(f"{name}: reading a frame", read_back, MOST_MICROSECONDS, "us"),
    ]


def _day_bytes(frames: Sequence[FrameTracks]) -> float:
    """What the frames alone take, and what their objects add, both brought to a day."""
    nobody = [FrameTracks(each.timestamp_ms, NO_IDS, (), NO_SURETIES, NO_PLACES, each.aspect) for each in frames]
    alone, size = _size(nobody), _size(frames)
    objects = sum(len(frame.track_ids) for frame in frames)
    return FRAMES_A_DAY * (alone / len(frames) + OBJECTS * (size - alone) / objects)


def _size(frames: Sequence[FrameTracks]) -> int:
    return sum(len(segment.data) for segment in _written(frames))


def _written(frames: Sequence[FrameTracks]) -> list[Segment]:
    writer = SegmentWriter(ORIGIN)
    segments = [writer.add(quantised(frame)) for frame in frames] + [writer.close()]
    return [segment for segment in segments if segment is not None]


def _tracks(recording: DetectionRecording) -> list[FrameTracks]:
    tracker, random = Tracker(), Random(1)
    width, height = recording.size
    frames = []
    for number, found in enumerate(recording.frames):
        at_ms = number * 1000 // FPS + random.randint(0, JITTER_MS)
        tracks = tracker.update(found, at_ms)
        frames.append(
            FrameTracks(
                timestamp_ms=at_ms,
                track_ids=tracks.track_ids,
                class_names=tuple(recording.class_names[class_id] for class_id in tracks.class_ids),
                confidences=tracks.confidences,
                boxes_xyxy=tracks.boxes_xyxy / (width, height, width, height),
            )
        )
    return frames


if __name__ == "__main__":
    sys.exit(main())
