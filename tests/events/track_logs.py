"""Track logs as nodes would send them: one person who walks, a frame every 200 ms."""

from __future__ import annotations

from events.models import TrackLog
from events.services import track_log_store
from rules.engine.frames import FrameTracks
from rules.engine.track_log import SegmentOrigin, encode_segment, quantised
from tests.engine.walks import Sighting, frame
from workers.models import WorkerNode
from workers.runtime.contract import ChunkWork, StreamWork

STEP_MS = 200
Work = ChunkWork | StreamWork


def walk(start_ms: int, end_ms: int, *, track_id: int = 1) -> list[FrameTracks]:
    """From ``start_ms`` to ``end_ms``, both included."""
    times = range(start_ms, end_ms + 1, STEP_MS)
    return [quantised(frame(at, {track_id: Sighting(0.1 + at % 10_000 / 20_000, 0.5)})) for at in times]


def segment(
    work: ChunkWork | StreamWork,
    start_ms: int,
    end_ms: int,
    *,
    track_id: int = 1,
    finished: bool = False,
    **more: object,
) -> bytes:
    owner_id = work.stream_id if isinstance(work, StreamWork) else work.job_id
    values = {"camera_id": work.camera.camera_id, "owner_id": owner_id, "epoch": work.epoch, "interval_ms": STEP_MS}
    origin = SegmentOrigin.model_validate(values | more)
    return encode_segment(origin, walk(start_ms, end_ms, track_id=track_id), finished=finished)


def keep_tracks(work: Work, start_ms: int, end_ms: int, **more: object) -> TrackLog:
    """By the node ``north``, as most tests call it."""
    node = WorkerNode.objects.get(name="north")
    track_log_store(node=node, data=segment(work, start_ms, end_ms, **more))  # type: ignore[arg-type]
    return TrackLog.objects.latest("id")
