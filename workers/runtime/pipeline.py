"""Analyses one chunk of a recording: frames to detections, tracks, rules, events and their clips."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.runtime.analysis import DetectorChangedError, EventSink, Owner, PipelineState, StreamAnalysis
from workers.runtime.closeups.closeups import CloseupSettings
from workers.runtime.closeups.models import NO_MODELS, CloseupModels
from workers.runtime.contract import ChunkWork
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector
from workers.runtime.media import MediaWriter, RecordingClips
from workers.runtime.recording import Recording, open_recording
from workers.runtime.source import SampledFrame, SampledReader, Sampling

__all__ = ["ChunkResult", "DetectorChangedError", "EventSink", "PipelineState", "process_chunk"]


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """``frames_lost``: grid steps whose frames could not be decoded. ``state`` goes into the checkpoint."""

    state: dict[str, Any]
    frames_analysed: int
    frames_lost: int


def process_chunk(
    work: ChunkWork,
    file: Path,
    detector: Detector,
    sink: EventSink,
    folder: Path,
    models: CloseupModels = NO_MODELS,
) -> ChunkResult:
    """Analyse ``work``'s part of the recording in ``file``; clips and snapshots are written into ``folder``.

    Analysing a chunk again gives the same events and the same files. When this returns, every event, end and
    file of the chunk was handed to the sink.

    Raises:
        UnreadableRecordingError: the file is no recording of an allowed kind.
        DetectorChangedError: ``detector`` is not the one that analysed the chunks before.
        Exception: whatever the sink raises.
    """
    # Only a recording whose clock is sound was split; one that was not is read from its start for each clip.
    recording = Recording(file, work.container_format, steady=work.chunk_count > 1)
    state = PipelineState.model_validate(work.state or {})
    owner = Owner(work.job_id, work.epoch, work.camera)
    with closing(MediaWriter(RecordingClips(recording), folder)) as media:
        analysis = StreamAnalysis(owner, detector, sink, media, state, CloseupSettings(models))
        return _run(work, recording, analysis, state.last_slot)


def _run(work: ChunkWork, recording: Recording, analysis: StreamAnalysis, last_slot: int) -> ChunkResult:
    with open_recording(recording) as source:
        reader = SampledReader(source, _sampling(work, last_slot))
        for sampled, found in _detected(reader, analysis):
            analysis.analyse(sampled, found)
    if work.is_last:
        analysis.finish()
    analysis.hand_over(wait=True)
    state = analysis.state(reader.last_slot).model_dump(mode="json")
    return ChunkResult(state, analysis.frames_analysed, reader.lost)


def _detected(reader: SampledReader, analysis: StreamAnalysis) -> Iterator[tuple[SampledFrame, Detections]]:
    """Frames and what was found in them, in their order, with several on their way at a time."""
    waiting: deque[tuple[SampledFrame, Future[Detections]]] = deque()
    for sampled in reader:
        waiting.append((sampled, analysis.submit(sampled.picture)))
        if len(waiting) > analysis.detector.in_flight:
            earliest, found = waiting.popleft()
            yield earliest, found.result()
    for sampled, found in waiting:
        yield sampled, found.result()


def _sampling(work: ChunkWork, last_slot: int) -> Sampling:
    return Sampling(
        fps=work.camera.detect_fps,
        start_ms=work.start_ms,
        end_ms=None if work.is_last else work.end_ms,
        last_slot=last_slot,
    )
