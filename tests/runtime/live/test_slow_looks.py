"""A worker that has time for few looks only: what passes meanwhile stays one track, and is gone when it has left."""

from __future__ import annotations

import random

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from tests.faults.live.footage import FPS, PASS_SECONDS, PERIOD_SECONDS, passing_footage
from tests.faults.live.injected.faulty_sight import _things
from workers.runtime.detections import Detections
from workers.runtime.live.attention import Attention
from workers.runtime.live.canvas import Piece, draw, packed, split
from workers.runtime.live.sight import joined
from workers.runtime.source import to_image
from workers.runtime.tracking import Tracker

CANVAS = (640, 640)
PERIODS = 5
LEAVING_MS = 2_500
"""A lost track is waited for for two seconds."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[VideoFrame]:
    with av.open(str(passing_footage(tmp_path_factory.mktemp("slow") / "passing.mp4")), "r") as file:
        return list(file.decode(video=0))


def moments(seed: int) -> list[int]:
    """A calm period, then looks every 0.4 to 1 s."""
    chance, at_ms, times = random.Random(seed), 100 * (seed % 2), []
    while at_ms < PERIODS * PERIOD_SECONDS * 1000:
        times.append(at_ms)
        at_ms += 200 if at_ms < PERIOD_SECONDS * 1000 else chance.choice((400, 600, 800, 1000))
    return times


def tracked(pictures: list[VideoFrame], times: list[int]) -> dict[int, list[int]]:
    """By moment, the tracks that are told of."""
    attention, tracker, reformatter = Attention(CANVAS), Tracker(), VideoReformatter()
    told = {}
    for at_ms in times:
        picture = pictures[at_ms * FPS // 1000 % len(pictures)]
        look = attention.plan(picture, at_ms, tracker.outlook(at_ms))
        scales = look.scales * attention.scale(look.size)
        image = to_image(picture, reformatter)
        pieces = [Piece.of(image, tuple(region), scale) for region, scale in zip(look.regions.tolist(), scales)]  # noqa: B905
        parts = found_on(pieces)
        sources = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        found = attention.judge(look, joined(parts) if parts else Detections.empty(), sources)
        told[at_ms] = tracker.update(found, at_ms, look.looked).track_ids.tolist()
    return told


def found_on(pieces: list[Piece]) -> list[Detections]:
    found: dict[int, Detections] = {}
    for placed in packed(pieces, CANVAS):
        found |= zip(placed, split(_things(draw(list(placed.values()), CANVAS)), list(placed.values())), strict=True)
    return [found[index] for index in range(len(pieces))]


@pytest.mark.parametrize("seed", range(6))
def test_what_passes_is_never_two_tracks_at_once(pictures: list[VideoFrame], seed: int) -> None:
    told = tracked(pictures, moments(seed))
    assert [at_ms for at_ms, tracks in told.items() if len(tracks) > 1] == []


@pytest.mark.parametrize("seed", range(6))
def test_what_has_left_is_gone(pictures: list[VideoFrame], seed: int) -> None:
    told = tracked(pictures, moments(seed))
    into_ms = {at_ms: at_ms % (PERIOD_SECONDS * 1000) for at_ms in told}
    late = [at_ms for at_ms in told if into_ms[at_ms] > PASS_SECONDS * 1000 + LEAVING_MS]
    assert late
    assert [at_ms for at_ms in late if told[at_ms]] == []
