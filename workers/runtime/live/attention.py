"""Decides where in a camera's picture a detector has to look: at tracks, at what moves, now and then at everything."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from workers.runtime.detections import Detections
from workers.runtime.live.gate import GateSettings, Motion, MotionGate
from workers.runtime.live.look import Look, Reason
from workers.runtime.live.regions import Boxes, Flags, Regions, Size, areas, at_least, clipped, grown, inside, merged
from workers.runtime.tracking import Outlook

UNCONFIRMED = 0


@dataclass(frozen=True, slots=True)
class AttentionSettings:
    """Times in seconds of stream time; sizes in pixels of the detector's input, at the whole picture's scale."""

    full_seconds: float = 8.0
    """The whole picture is looked at so often, whatever the gate says."""
    first_full_frames: int = 2
    recheck_seconds: float = 2.0
    """A track that stands still is looked at so often."""
    standing_speed: float = 0.15
    """Box sizes a second; a slower track is looked at only where something moves on it."""
    hot_share: float = 0.02
    """Of a standing track's cells, how many must move."""
    track_margin: float = 0.3
    motion_margin: float = 0.25
    least_margin: float = 16.0
    least_region: float = 64.0
    full_share: float = 0.75
    """Regions that cost more than this part of the whole picture are no saving."""
    coarse_scales: tuple[float, ...] = (1 / 2, 1 / 3)
    coarse_height: float = 85.0
    """Tracks that are still this tall at one of these parts of the scale are found as well there."""
    gate: GateSettings = field(default_factory=GateSettings)


@dataclass(slots=True)
class Attention:
    """One camera's; ``plan`` and ``judge`` in turns, for one thread. ``canvas``: the detector's input."""

    canvas: Size
    settings: AttentionSettings = field(default_factory=AttentionSettings)
    _gate: MotionGate | None = None
    _frames: int = 0
    _full_ms: int = 0
    _looked_ms: dict[int, int] = field(default_factory=dict)
    """By track."""
    _again: Boxes = field(default_factory=lambda: np.empty((0, 4)))

    def plan(self, picture: VideoFrame, at_ms: int, outlook: Outlook) -> Look:
        size = picture.width, picture.height
        gate = self._gate_for(size)
        motion = gate.see(picture)
        self._frames += 1
        look = self._look(gate, motion, at_ms, outlook, size)
        gate.looked(look.regions)
        self._note(look, at_ms)
        return look

    def judge(self, look: Look, found: Detections, sources: NDArray[np.intp]) -> Detections:
        """What is worth telling the tracker of detections that come from ``look.regions[sources]``."""
        objects = np.concatenate((look.outlook.boxes_xyxy, found.boxes_xyxy.astype(np.float64)))
        self._gate_for(look.size).learn(look.regions, grown(objects, 0.1, 8))
        kept, again = look.judge(found, sources)
        self._again = grown(again, 0.5, self.settings.least_margin)
        return kept

    def scale(self, size: Size) -> float:
        """From the picture's pixels to those of the detector's input, when all of it is looked at."""
        return min(self.canvas[0] / size[0], self.canvas[1] / size[1])

    def _gate_for(self, size: Size) -> MotionGate:
        if self._gate is None or self._gate.size != size:
            self._gate, self._frames = MotionGate(size, self.settings.gate), 0
        return self._gate

    def _look(self, gate: MotionGate, motion: Motion, at_ms: int, outlook: Outlook, size: Size) -> Look:
        if (reason := self._reason_for_all(motion, at_ms)) is not None:
            return Look.at_all(reason, outlook, size)
        active = self._active(gate, motion, at_ms, outlook)
        regions, scales = self._regions(gate, motion, outlook.boxes_xyxy[active], outlook.track_ids[active])
        if not len(regions):
            return Look.at_nothing(outlook, size)
        if (areas(regions) * scales**2).sum() > self.settings.full_share * size[0] * size[1]:
            return Look.at_all(Reason.LARGE, outlook, size)
        return Look(Reason.REGIONS, regions, scales, outlook, size)

    def _reason_for_all(self, motion: Motion, at_ms: int) -> Reason | None:
        if self._frames <= self.settings.first_full_frames:
            return Reason.START
        if motion.is_everything:
            return Reason.EVERYTHING_MOVED
        return Reason.SAFETY if at_ms - self._full_ms >= self.settings.full_seconds * 1000 else None

    def _active(self, gate: MotionGate, motion: Motion, at_ms: int, outlook: Outlook) -> Flags:
        """Tracks that have to be looked at now: all but those that stand still and were looked at lately."""
        settings = self.settings
        if not len(outlook.track_ids):
            return np.zeros(0, np.bool_)
        restless = (outlook.track_ids == UNCONFIRMED) | ~outlook.were_seen | (outlook.speeds > settings.standing_speed)
        cells = areas(outlook.boxes_xyxy) / settings.gate.cell_pixels**2
        hot = np.array(gate.hot_cells(motion, outlook.boxes_xyxy)) > np.maximum(cells * settings.hot_share, 1)
        looked_ms = np.array([self._looked_ms.get(track_id, -(10**9)) for track_id in outlook.track_ids.tolist()])
        return np.asarray(restless | hot | (at_ms - looked_ms >= settings.recheck_seconds * 1000))

    def _regions(
        self, gate: MotionGate, motion: Motion, tracks: Boxes, track_ids: NDArray[np.int64]
    ) -> tuple[Regions, Boxes]:
        """Around the tracks and what else moves, and the part of the scale at which each is looked at."""
        settings, size, scale = self.settings, gate.size, self.scale(gate.size)
        margin = settings.least_margin / scale
        boxes = clipped(tracks, size)
        in_sight = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        boxes, track_ids = boxes[in_sight], track_ids[in_sight]
        around = inside(grown(boxes, settings.track_margin, margin), size)
        moving = grown(gate.boxes(motion, around), settings.motion_margin, margin)
        fresh = inside(at_least(np.concatenate((moving, self._again)), settings.least_region / scale), size)
        heights = np.where(track_ids == UNCONFIRMED, 0, (boxes[:, 3] - boxes[:, 1]) * scale)
        parts = np.concatenate((self._scales(heights), np.ones(len(fresh))))
        wanted = np.concatenate((around, fresh))
        together = [merged(wanted[parts == part]) for part in (1.0, *settings.coarse_scales)]
        counts = [len(regions) for regions in together]
        return np.concatenate(together), np.repeat((1.0, *settings.coarse_scales), counts)

    def _scales(self, heights: Boxes) -> Boxes:
        """For tracks this tall on the detector's input, whole."""
        scales = np.ones(len(heights))
        for coarse in self.settings.coarse_scales:
            scales[heights * coarse >= self.settings.coarse_height] = coarse
        return scales

    def _note(self, look: Look, at_ms: int) -> None:
        if look.is_whole:
            self._full_ms = at_ms
        ids = look.outlook.track_ids
        now = (ids if look.looked is None else ids[look.looked]).tolist()
        known = {track_id: self._looked_ms[track_id] for track_id in ids.tolist() if track_id in self._looked_ms}
        self._looked_ms = known | dict.fromkeys(now, at_ms)
