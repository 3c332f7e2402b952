"""Replay cameras without weights or footage: somebody walks to and fro, recorded by arithmetic."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np

from bench.replay.journal import Played
from bench.replay.recording import DetectionRecording
from rules.engine.schema import LineCrossing, RuleSpec, ZoneShape
from workers.runtime.contract import CameraConfig, RuleConfig
from workers.runtime.detections import Detections

NAME = "walk"
WALK = RuleSpec(name="Passes", when=LineCrossing(type="line_crossing", line="Middle"))
MIDDLE = ZoneShape(name="Middle", kind="line", points=((0.5, 0), (0.5, 1)))
CAMERA = CameraConfig(
    camera_id=1, name="Walk", detect_fps=5, zones=(MIDDLE,), rules=(RuleConfig(rule_id=1, version=1, spec=WALK),)
)
STREAM_ID = uuid.UUID("51c8a2de-9a1c-4f5c-8d5e-6d3f0a1b2c3d")


def walking() -> DetectionRecording:
    """From the left to the right in six seconds, so once through the middle a lap."""
    lefts = np.linspace(0, 560, 30)
    frames = tuple(
        Detections(
            np.array([[left, 100, left + 80, 300]], np.float32), np.array([0.9], np.float32), np.zeros(1, np.int32)
        )
        for left in lefts
    )
    return DetectionRecording(NAME, (640, 480), ("person",), frames)


def saved_walk(folder: Path) -> Path:
    path = folder / "walk.npz"
    walking().save(path)
    return path


def played(*spans: tuple[int, int], epoch: int = 1, seed: int = 1) -> Played:
    return Played(
        stream_id=STREAM_ID,
        epoch=epoch,
        zero_ms=0,
        recording=NAME,
        seed=seed,
        camera=CAMERA,
        spans=spans,
        skipped=0,
        slowest_ms=0,
    )
