"""The motion gate of one camera: where the picture differs from what it was when a detector last looked there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from workers.runtime.live.frozen import brightness
from workers.runtime.live.regions import Boxes, Regions, Size

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Levels are of 256 steps of grey, after averaging over a cell."""

    cell_pixels: int = 8
    least_levels: float = 7.0
    """A cell that differs less is never motion: coding noise of a still scene stays below."""
    noise_factor: float = 4.0
    """How many times its usual change a cell must differ: leaves, water and screens move all the time."""
    noise_learning: float = 0.03
    vain_learning: float = 0.1
    """The same, where a detector looked because of the change and found nothing."""
    most_noise_levels: float = 20.0
    """No cell is taken for so restless that nothing could be seen in front of it."""
    fewest_cells: int = 1
    everything_share: float = 0.4
    """From this share of the picture on it is the light or the camera that changed, not an object."""


@dataclass(frozen=True, slots=True)
class Motion:
    """Which cells of the picture moved; ``is_everything``: so many that the whole picture has to be looked at."""

    hot: NDArray[np.uint8]
    is_everything: bool = False


class MotionGate:
    """Compares with the picture as last looked at, cell by cell.

    So what stands still after a look stays quiet, and what changes slowly adds up until somebody looks.
    Under half a millisecond a picture of 768x576; for one thread.
    """

    def __init__(self, size: Size, settings: GateSettings | None = None) -> None:
        self.settings = settings or GateSettings()
        self.size = size
        cell = self.settings.cell_pixels
        self._grid = max(1, size[0] // cell), max(1, size[1] // cell)
        self._cell = np.array([size[0] / self._grid[0], size[1] / self._grid[1]] * 2)
        self._now = self._step = self._difference = self._noise = np.zeros(self._grid[::-1], np.float32)
        self._reference: Grey | None = None

    def see(self, picture: VideoFrame) -> Motion:
        """Take the next picture in; before the first look everything moves."""
        before, self._now = self._now, small_grey(picture, self._grid)
        if self._reference is None:
            self._reference = self._now.copy()
            return Motion(np.ones(self._grid[::-1], np.uint8), is_everything=True)
        self._step = cv2.absdiff(self._now, before)
        self._difference = cv2.absdiff(self._now, self._reference)
        hot = (self._difference > self._threshold()).view(np.uint8)
        is_everything = cv2.countNonZero(hot) > self.settings.everything_share * hot.size
        return Motion(hot, is_everything)

    def boxes(self, motion: Motion, but: Regions) -> Boxes:
        """What moves, in the picture's pixels, cells in the regions ``but`` left out."""
        hot = motion.hot.copy()
        for left, top, right, bottom in self._cells(but):
            hot[top:bottom, left:right] = 0
        if not hot.any():
            return np.empty((0, 4))
        joined = cv2.dilate(hot, np.ones((3, 3), np.uint8))
        count, labels, table, _ = cv2.connectedComponentsWithStats(joined)
        cells = np.bincount(labels[hot > 0], minlength=count)
        chosen = [label for label in range(1, count) if cells[label] >= self.settings.fewest_cells]
        corners = table[chosen, :4].astype(np.float64)
        corners[:, 2:] += corners[:, :2]
        found: Boxes = corners * self._cell
        return found

    def hot_cells(self, motion: Motion, boxes_xyxy: Boxes) -> list[int]:
        """How many cells of each box move."""
        cells = self._cells(boxes_xyxy)
        return [int(np.count_nonzero(motion.hot[top:bottom, left:right])) for left, top, right, bottom in cells]

    def looked(self, regions: Regions) -> None:
        """A detector looks at these regions of the last picture."""
        if self._reference is not None:
            for left, top, right, bottom in self._cells(regions):
                self._reference[top:bottom, left:right] = self._now[top:bottom, left:right]

    def learn(self, regions: Regions, objects_xyxy: Boxes) -> None:
        """Where no object is, what changes is noise: learnt faster in the regions where a detector looked in vain."""
        change = (self._step - self._noise) * np.float32(self.settings.noise_learning)
        for left, top, right, bottom in self._cells(regions):
            part = slice(top, bottom), slice(left, right)
            change[part] = (self._difference[part] - self._noise[part]) * np.float32(self.settings.vain_learning)
        for left, top, right, bottom in self._cells(objects_xyxy):
            change[top:bottom, left:right] = 0
        self._noise = self._noise + change

    def _threshold(self) -> Grey:
        levels = self._noise * np.float32(self.settings.noise_factor)
        return np.clip(levels, np.float32(self.settings.least_levels), np.float32(self.settings.most_noise_levels))

    def _cells(self, boxes_xyxy: Boxes | Regions) -> list[list[int]]:
        if not len(boxes_xyxy):
            return []
        cells = boxes_xyxy / self._cell
        cells[:, 2:] = np.ceil(cells[:, 2:])
        most = np.array(self._grid * 2)
        rows: list[list[int]] = np.minimum(np.maximum(cells, 0), most).astype(np.intp).tolist()
        return rows


def small_grey(picture: VideoFrame, grid: Size) -> Grey:
    """The picture's brightness averaged over cells."""
    grey = brightness(picture)
    if min(grey.shape) > 1:  # halving is what the library does fast
        half = grey.shape[1] // 2, grey.shape[0] // 2
        return _averaged(_averaged(grey, half), grid).astype(np.float32)
    return _averaged(grey, grid).astype(np.float32)


def _averaged(grey: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
