"""What a detector hands to the tracker and the tracker hands on: plain arrays, one row an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Detections:
    """The objects found in one frame. Boxes are left, top, right, bottom in pixels of the source frame."""

    boxes_xyxy: NDArray[np.float32]
    confidences: NDArray[np.float32]
    class_ids: NDArray[np.int32]
    keypoints: NDArray[np.float32] | None = None
    """(n, points, 3): x and y in the same pixels, and confidence; None: the model knows none."""

    def __len__(self) -> int:
        return len(self.class_ids)

    @classmethod
    def empty(cls) -> Self:
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class Tracks:
    """The confirmed tracks that were seen in one frame, in the order of their ids."""

    boxes_xyxy: NDArray[np.float32]
    confidences: NDArray[np.float32]
    class_ids: NDArray[np.int32]
    track_ids: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.track_ids)

    @classmethod
    def empty(cls) -> Self:
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int32), np.empty(0, np.int64))
