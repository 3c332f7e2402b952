"""What one analysed frame tells the rules: its tracks, and what further models and the picture itself add to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ItemDetections:
    """Worn things that a model found in this frame (PPE). Boxes as those of tracks, normalised to the whole frame.

    ``looked_at``: the tracks whose crops the model was run on; None: it saw the whole picture.
    """

    class_names: tuple[str, ...]
    confidences: NDArray[np.floating]
    boxes_xyxy: NDArray[np.floating]
    looked_at: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class SceneSignals:
    """Figures of the picture as a whole, each None when it was not measured in this frame.

    ``brightness`` (mean) and ``contrast`` (standard deviation) of the luma as shares of its range;
    ``sharpness`` in any unit that stays the same, such as the variance of the Laplacian; ``shift`` is how far
    the picture has moved from the camera's reference view, as a share of its width.
    """

    brightness: float | None = None
    contrast: float | None = None
    sharpness: float | None = None
    shift: float | None = None


@dataclass(frozen=True, slots=True)
class FrameTracks:
    """The confirmed tracks seen in one analysed frame. Boxes are left, top, right, bottom, normalised (0..1).

    What follows ``boxes_xyxy`` is for rules that need it; a runtime that does not deliver it leaves it out.
    """

    timestamp_ms: int
    track_ids: NDArray[np.int64]
    class_names: tuple[str, ...]
    confidences: NDArray[np.floating]
    boxes_xyxy: NDArray[np.floating]
    aspect: float = 16 / 9
    """The picture's width divided by its height."""
    models: tuple[str, ...] = ()
    """The model each track comes from; empty: all from the detector."""
    keypoints: Mapping[int, NDArray[np.floating]] = field(default_factory=dict)
    """By track: (17, 3) COCO key points as x, y (normalised to the frame) and confidence, where looked for."""
    items: ItemDetections | None = None
    """None: the model was not run on this frame, which is not the same as nothing found."""
    attributes: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    """By track: how sure a model is of each attribute (0..1), where looked for."""
    signals: SceneSignals | None = None

    def __post_init__(self) -> None:
        count = len(self.track_ids)
        if len(self.class_names) != count or len(self.confidences) != count or self.boxes_xyxy.shape != (count, 4):
            raise ValueError("ids, classes, confidences and boxes must be as many as each other")
        if len(self.models) not in (0, count):
            raise ValueError("models are as many as the tracks, or none")
