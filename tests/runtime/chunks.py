"""Runs the pipeline over a scene the way a node does, chunk by chunk, and remembers what it hands over."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from rules.engine.frames import FrameTracks
from tests.runtime.footage import Scene
from workers.runtime.closeups.models import NO_MODELS, CloseupModels
from workers.runtime.contract import (
    BoxSidecar,
    CameraConfig,
    ChunkWork,
    ClipMeta,
    EventEnd,
    EventSubmission,
    RuleConfig,
)
from workers.runtime.detectors.base import Detector
from workers.runtime.pipeline import ChunkResult, process_chunk

JOB_ID = uuid.UUID("6c0f4f6e-5d4e-4d0c-9d53-0d3b5a2f7a11")


@dataclass(slots=True)
class RememberingSink:
    """Keeps what it is given, each event once, as the platform does."""

    starts: dict[uuid.UUID, EventSubmission] = field(default_factory=dict)
    ends: dict[uuid.UUID, EventEnd] = field(default_factory=dict)
    clips: dict[uuid.UUID, tuple[Path, ClipMeta, BoxSidecar]] = field(default_factory=dict)
    snapshots: dict[uuid.UUID, Path] = field(default_factory=dict)
    positions_ms: list[int] = field(default_factory=list)
    frames: list[FrameTracks] = field(default_factory=list)
    is_finished: bool = False

    def started(self, event: EventSubmission) -> None:
        self.starts[event.event_id] = event

    def ended(self, end: EventEnd) -> None:
        self.ends[end.event_id] = end

    def clip(self, event_id: uuid.UUID, path: Path, meta: ClipMeta, sidecar: BoxSidecar) -> None:
        self.clips[event_id] = path, meta, sidecar

    def no_clip(self, event_id: uuid.UUID) -> None:
        """Nothing to keep."""

    def snapshot(self, event_id: uuid.UUID, path: Path) -> None:
        self.snapshots[event_id] = path

    def tracked(self, frame: FrameTracks) -> None:
        self.frames.append(frame)

    def rules_finished(self) -> None:
        self.is_finished = True

    def progress(self, position_ms: int, frames_analysed: int) -> None:
        self.positions_ms.append(position_ms)

    def found(self, scene: Scene) -> list[tuple[str, int]]:
        return [(scene.rules[event.rule_id - 1].name, event.start_ms) for event in self.starts.values()]

    def everything(self) -> dict[uuid.UUID, tuple[object, ...]]:
        """What must be the same however a recording was cut into chunks and how often one was repeated."""
        return {
            event_id: (
                event,
                self.ends[event_id],
                self.clips[event_id][1:],
                self.clips[event_id][0].read_bytes(),
                self.snapshots[event_id].read_bytes(),
            )
            for event_id, event in self.starts.items()
        }


def chunk_work(scene: Scene, edges_ms: Sequence[int], index: int, state: dict[str, object] | None) -> ChunkWork:
    rules = tuple(RuleConfig(rule_id=number, version=1, spec=spec) for number, spec in enumerate(scene.rules, start=1))
    return ChunkWork(
        job_id=JOB_ID,
        chunk_index=index,
        chunk_count=len(edges_ms) - 1,
        epoch=1,
        recording_id=JOB_ID,
        recording_bytes=scene.path.stat().st_size,
        recording_sha256="",
        container_format=scene.container_format,
        duration_ms=scene.duration_ms,
        start_ms=edges_ms[index],
        end_ms=edges_ms[index + 1],
        is_last=index == len(edges_ms) - 2,
        camera=CameraConfig(camera_id=1, name="Camera", detect_fps=5, zones=scene.zones, rules=rules),
        state=state,
    )


def run_chunks(
    scene: Scene,
    edges_ms: Sequence[int],
    detector: Detector,
    sink: RememberingSink,
    folder: Path,
    models: CloseupModels = NO_MODELS,
) -> list[ChunkResult]:
    """Every chunk in turn, its state through JSON as over the network."""
    folder.mkdir(parents=True, exist_ok=True)
    results: list[ChunkResult] = []
    state = None
    for index, _ in enumerate(pairwise(edges_ms)):
        work = chunk_work(scene, edges_ms, index, state)
        result = process_chunk(work, scene.path, detector, sink, folder, models)
        state = json.loads(json.dumps(result.state))
        results.append(result)
    return results
