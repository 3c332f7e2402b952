"""One stream's close-ups: the tracks that its rules ask about, looked at by the models that they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rules.engine.basics import ZoneShape
from rules.engine.colours import COLOUR_MODEL
from rules.engine.frames import FrameTracks
from rules.engine.rule import RuleSpec
from rules.engine.wanted_looks import wanted_looks
from workers.runtime.closeups.colours import ColourLooks
from workers.runtime.closeups.crops import Points, crop, items_of, keypoints_of
from workers.runtime.closeups.losses import CLEAR, Losses, the_lost
from workers.runtime.closeups.models import NO_MODELS, CloseupModels
from workers.runtime.closeups.turns import Turns
from workers.runtime.closeups.wishes import Wishes
from workers.runtime.contract import Priority
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Image
from workers.runtime.live.canvas import Piece
from workers.runtime.live.detector import SharedDetector
from workers.runtime.live.marks import NO_LOOK_MARK, LookMark
from workers.runtime.live.regions import Size
from workers.runtime.models import ModelTask
from workers.runtime.tracking import TrackerConfig

CROP_PIXELS = {ModelTask.POSE: 256, ModelTask.PPE: 256}
"""The longer side of a crop on the model's input, or all of that where it is smaller."""


CONTINUES = TrackerConfig().high_confidence


@dataclass(frozen=True, slots=True)
class CloseupSettings:
    """``priority``: of a live camera, whose crops share an input with those of others; None: a recording."""

    models: CloseupModels = NO_MODELS
    priority: Priority | None = None
    inferring: LookMark = NO_LOOK_MARK


NO_CLOSEUPS = CloseupSettings()


@dataclass(frozen=True, slots=True)
class _Model:
    task: ModelTask
    pixels: int
    class_names: tuple[str, ...]
    look: Callable[[list[Piece]], list[Detections]]
    wishes: Wishes
    turns: Turns


class Closeups:
    """For one thread. ``names``: the models that look; rules that need another one cannot be used here."""

    def __init__(
        self,
        specs: Iterable[RuleSpec],
        zones: Sequence[ZoneShape],
        settings: CloseupSettings,
        state: Mapping[str, Any] | None,
    ) -> None:
        looks = [look for spec in specs for look in wanted_looks(spec)]
        loaded = settings.models.load(dict.fromkeys(look.model for look in looks))
        self.names = frozenset(loaded) | {COLOUR_MODEL}
        self._inferring = settings.inferring
        state = state or {}
        self._models = {
            name: _Model(
                ModelTask(name),
                min(CROP_PIXELS[ModelTask(name)], *(model.canvas_size or ())),
                model.class_names,
                _way_to(model, settings),
                Wishes([look for look in looks if look.model == name], zones),
                Turns.of_state(state[name]) if name in state else Turns(),
            )
            for name, model in loaded.items()
        }
        asked = [look for look in looks if look.model == COLOUR_MODEL]
        self._colours = ColourLooks.of_state(asked, zones, state.get(COLOUR_MODEL)) if asked else None
        self._losses = Losses.of_state(state.get("losses", []))
        self._found_again: dict[int, Points] = {}

    @property
    def finds_lost(self) -> bool:
        """Whether a model is there that sees people whom the detector loses."""
        return ModelTask.POSE in self._models

    def find_lost(
        self, found: Detections, person: int, expected: Iterable[int], at_ms: int, image: Callable[[], Image]
    ) -> Detections:
        """What the detector found, and the persons of the ``expected`` tracks that only the pose model sees.

        ``person``: the class that these have for the detector. Only where ``finds_lost``.
        """
        self._found_again = {}
        pose = self._models[ModelTask.POSE]
        people = found.boxes_xyxy[(found.class_ids == person) & (found.confidences >= CLEAR)]
        reaches = self._losses.lost(at_ms, people, expected)
        if not reaches:
            return found
        picture = image()
        seen = self._look(pose, [crop(picture, reach, pose.pixels, 0) for reach in reaches.values()])
        for (track_id, reach), persons in zip(reaches.items(), seen, strict=True):
            pose.turns.count(at_ms, track_id)
            index = the_lost(persons, reach, people)
            if index is not None and persons.keypoints is not None:
                self._found_again[track_id] = persons.keypoints[index]
                found = _with(found, persons, index, person)
        return found

    def add_to(self, frame: FrameTracks, size: Size, image: Callable[[], Image]) -> FrameTracks:
        """The frame with what the models see on those whose turn it is."""
        for model in self._models.values():
            wanted = model.wishes.of(frame)
            chosen = model.turns.take(frame.timestamp_ms, wanted)
            if model.task is ModelTask.POSE:
                frame = self._with_poses(model, wanted, chosen, frame, size, image)
            elif chosen:
                found = self._look(model, self._crops(model, chosen, frame, image()))
                frame = replace(frame, items=items_of(found, chosen, model.class_names, size))
        if self._colours is not None:
            frame = self._colours.add_to(frame, size, image)
        return frame

    def state(self) -> dict[str, Any] | None:
        turns: dict[str, Any] = {name: model.turns.state() for name, model in self._models.items()}
        if turns:
            turns["losses"] = self._losses.state()
        if self._colours is not None:
            turns[COLOUR_MODEL] = self._colours.state()
        return turns or None

    def _with_poses(
        self,
        model: _Model,
        wanted: Iterable[int],
        chosen: list[int],
        frame: FrameTracks,
        size: Size,
        image: Callable[[], Image],
    ) -> FrameTracks:
        boxes = dict(zip(frame.track_ids.tolist(), (frame.boxes_xyxy * (size * 2)).tolist(), strict=True))
        self._losses.note(frame.timestamp_ms, {each: boxes[each] for each in wanted})
        points = {each: seen for each, seen in self._found_again.items() if each in boxes}
        if chosen:
            found = self._look(model, self._crops(model, chosen, frame, image()))
            points |= keypoints_of(found, chosen, boxes)
        scale = np.array((*size, 1), np.float32)
        return replace(frame, keypoints={each: seen / scale for each, seen in sorted(points.items())})

    def _crops(self, model: _Model, chosen: list[int], frame: FrameTracks, image: Image) -> list[Piece]:
        size = image.shape[1], image.shape[0]
        boxes = dict(zip(frame.track_ids.tolist(), (frame.boxes_xyxy * (size * 2)).tolist(), strict=True))
        return [crop(image, boxes[each], model.pixels) for each in chosen]

    def _look(self, model: _Model, crops: list[Piece]) -> list[Detections]:
        with self._inferring:
            return model.look(crops)


def _with(found: Detections, persons: Detections, index: int, person: int) -> Detections:
    # It is known whom this box continues: as good as a clear detection to the tracker, however far it moved.
    confidence = np.maximum(persons.confidences[index : index + 1], np.float32(CONTINUES))
    return Detections(
        np.concatenate((found.boxes_xyxy, persons.boxes_xyxy[index : index + 1])),
        np.concatenate((found.confidences, confidence)),
        np.concatenate((found.class_ids, np.array([person], np.int32))),
    )


def _way_to(model: SharedDetector, settings: CloseupSettings) -> Callable[[list[Piece]], list[Detections]]:
    if settings.priority is None:
        return model.look_alone
    return model.open_lane(settings.priority, settings.inferring).look
