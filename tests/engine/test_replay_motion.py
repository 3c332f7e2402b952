"""Tracks that are followed many at once move to the last bit as one that is followed alone."""

from __future__ import annotations

import numpy as np

from rules.engine.replay.motion import MANY, LastSeen, motions


def test_many_tracks_at_once_move_as_each_of_them_alone() -> None:
    random = np.random.default_rng(4)
    lengths = random.integers(1, 40, 3 * MANY)
    tracks, starts = np.arange(1, len(lengths) + 1), np.cumsum(lengths) - lengths
    steps = random.choice([100, 200, 200, 1_400, 3_000], int(lengths.sum()))
    points = random.random((2, len(steps)))
    at_ms = np.concatenate([10_000 + np.cumsum(part) for part in np.split(steps, starts[1:])])
    known = {int(each): LastSeen(0.9, 9_800, (9_000.0, *random.random(5).tolist())) for each in tracks[::3]}
    found = motions(tracks, starts, at_ms, points, known)
    for number, (first, length) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True)):
        part = slice(first, first + length)
        alone = motions(tracks[number : number + 1], np.zeros(1, np.int64), at_ms[part], points[:, part], known)
        assert np.array_equal(found[:, part], alone)
