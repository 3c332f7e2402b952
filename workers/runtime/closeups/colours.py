"""The colours of tracks, by plain arithmetic on their pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rules.engine.basics import ZoneShape
from rules.engine.colours import COLOURS
from rules.engine.frames import FrameTracks
from rules.engine.wanted_looks import WantedLook
from workers.runtime.closeups.turns import Turns
from workers.runtime.closeups.wishes import PERSON, Wishes
from workers.runtime.detectors.base import Image
from workers.runtime.live.regions import Size

Scores = dict[str, float]
Part = tuple[float, float, float, float]
"""Of a box: left, top, right, bottom, as shares of its width and height."""

WHOLE: Part = (0.2, 0.2, 0.8, 0.8)
"""A box holds less of what is around its object in its middle."""
PERSON_PARTS: Mapping[str, Part] = {
    "": (0.25, 0.15, 0.75, 0.9),
    "upper ": (0.25, 0.18, 0.75, 0.48),
    "lower ": (0.28, 0.55, 0.72, 0.9),
}
"""Shoulders to hips, hips to shins: by the proportions of somebody who stands."""
SMALLEST = 8
"""Pixels: a narrower part says nothing."""
MOST_PIXELS = 1_024
COLOURLESS = 12
"""The spread of a picture's three channels below which it has no colour at all, as an infrared one."""
LEAST_COLOURED = 0.2
"""Less of a part than this does not make it coloured."""
NEWEST = 0.3
"""What the newest look weighs against all before."""
STEPS = 32
"""Of each channel in the table of colours."""
HUES = ((45, "red"), (72, "orange"), (124, "yellow"), (190, "green"), (312, "blue"), (335, "purple"), (350, "pink"), (360, "red"))  # fmt: skip  # noqa: E501
"""Up to how many degrees around CIELAB's grey axis a strong colour has a name."""


class Colours:
    """Of one stream: a mean over the looks at each track, so that one that walks into the shade keeps its colour."""

    def __init__(self) -> None:
        self._means: dict[int, Scores] = {}

    def look(self, image: Image, boxes: Mapping[int, Sequence[float]], people: set[int]) -> dict[int, Scores]:
        """By track: a score (0..1) of each colour; nothing where the picture has no colours.

        Of a colour proper: its share of all that is coloured, as windows, wheels and shadows are not. Of white, grey
        and black: its share of the whole, the less the more is coloured. ``boxes`` in the picture's pixels;
        ``people``: those of whom also the upper and lower part are told.
        """
        if not has_colours(image):
            return {}
        for track_id, box in boxes.items():
            parts = PERSON_PARTS if track_id in people else {"": WHOLE}
            if seen := {name: score for part in parts for name, score in _scores(image, box, part, parts).items()}:
                before = self._means.get(track_id)
                self._means[track_id] = seen if before is None else _mixed(before, seen)
        return {track_id: self._means[track_id] for track_id in boxes if track_id in self._means}

    def keep(self, known: set[int]) -> None:
        """Forget all other tracks."""
        self._means = {each: mean for each, mean in self._means.items() if each in known}

    def state(self) -> list[Any]:
        return [[each, mean] for each, mean in sorted(self._means.items())]

    @classmethod
    def of_state(cls, rows: list[Any]) -> Colours:
        colours = cls()
        colours._means = {int(each): dict(mean) for each, mean in rows}
        return colours


@dataclass(frozen=True, slots=True)
class ColourLooks:
    """The tracks of one stream whose colours its rules ask for, each looked at now and then."""

    wishes: Wishes
    turns: Turns
    colours: Colours

    def add_to(self, frame: FrameTracks, size: Size, image: Callable[[], Image]) -> FrameTracks:
        chosen = self.turns.take(frame.timestamp_ms, self.wishes.of(frame))
        self.colours.keep(self.turns.remembered)
        if not chosen:
            return frame
        boxes = dict(zip(frame.track_ids.tolist(), (frame.boxes_xyxy * (size * 2)).tolist(), strict=True))
        names = dict(zip(frame.track_ids.tolist(), frame.class_names, strict=True))
        people = {each for each in chosen if names[each] == PERSON}
        looked_at = {each: boxes[each] for each in sorted(chosen)}
        return replace(frame, attributes=self.colours.look(image(), looked_at, people))

    def state(self) -> list[Any]:
        return [self.turns.state(), self.colours.state()]

    @classmethod
    def of_state(cls, looks: Sequence[WantedLook], zones: Sequence[ZoneShape], state: list[Any] | None) -> ColourLooks:
        turns, means = state or (Turns().state(), [])
        return cls(Wishes(looks, zones, classes=()), Turns.of_state(turns), Colours.of_state(means))


def has_colours(image: Image) -> bool:
    sample = image[:: max(1, image.shape[0] // 64), :: max(1, image.shape[1] // 64)].astype(np.int16)
    return float(np.percentile(sample.max(axis=2) - sample.min(axis=2), 95)) >= COLOURLESS


def _scores(image: Image, box: Sequence[float], prefix: str, parts: Mapping[str, Part]) -> Scores:
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    x1, y1, x2, y2 = parts[prefix]
    rows = slice(max(0, round(top + y1 * height)), max(0, round(top + y2 * height)))
    columns = slice(max(0, round(left + x1 * width)), max(0, round(left + x2 * width)))
    pixels = image[rows, columns]
    if min(pixels.shape[:2]) < SMALLEST:
        return {}
    step = max(1, int((pixels.shape[0] * pixels.shape[1] / MOST_PIXELS) ** 0.5))
    codes = pixels[::step, ::step] // (256 // STEPS)
    named = table()[codes[..., 0], codes[..., 1], codes[..., 2]]
    shares = np.bincount(named.ravel(), minlength=len(COLOURS)) / named.size
    coloured = float(shares[:-3].sum())
    shares[:-3] /= max(coloured, LEAST_COLOURED)
    shares[-3:] *= 1 - coloured
    return {f"{prefix}{COLOURS[index]}": round(float(share), 3) for index, share in enumerate(shares.tolist())}


def _mixed(before: Scores, seen: Scores) -> Scores:
    names = before.keys() | seen.keys()
    return {
        name: round((1 - NEWEST) * before.get(name, 0.0) + NEWEST * seen.get(name, before.get(name, 0.0)), 3)
        for name in sorted(names)
    }


@cache
def table() -> NDArray[np.uint8]:
    """(32, 32, 32) by red, green, blue: the index of the colour's name.

    By hue where a colour is strong enough, by brightness where it is not; the bounds were set on CIELAB lightness and
    chroma, in which equal steps look equal.
    """
    middle = (np.arange(STEPS) * (256 // STEPS) + 128 // STEPS).astype(np.uint8)
    cube = np.stack(np.meshgrid(middle, middle, middle, indexing="ij"), axis=-1).reshape(1, -1, 3)
    lab = cv2.cvtColor(cube.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    lightness, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    index = {name: number for number, name in enumerate(COLOURS)}
    named = np.full(len(lab), index["grey"], np.uint8)
    for until, name in HUES[::-1]:
        named[hue <= until] = index[name]
    warm = (hue > 25) & (hue < 90)
    named[warm & (chroma < np.where(lightness < 45, 55, 35))] = index["brown"]
    reddish = (hue <= 40) | (hue >= 330)
    named[reddish & (lightness > 65)] = index["pink"]
    colourless = chroma < np.where(lightness < 30, 8 + (30 - lightness) / 5, 12)
    named[colourless] = index["grey"]
    named[colourless & (lightness > 80)] = index["white"]
    named[((lightness < 18) & (chroma < 30)) | (colourless & (lightness < 25))] = index["black"]
    return named.reshape(STEPS, STEPS, STEPS)
