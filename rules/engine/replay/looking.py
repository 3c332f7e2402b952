"""Which rows are of tracks of which a model said something."""

from __future__ import annotations

import numpy as np

from rules.engine.clauses.attribute import Attribute
from rules.engine.geometry import Flags
from rules.engine.replay.sightings import Sightings


def fulfilling(sightings: Sightings, words: Attribute) -> tuple[Flags, list[int]]:
    """The rows whose track fulfils the clause by the newest look at it, or perhaps by one before these columns.

    And when that was found out of those of whom it was not certain.
    """
    turns: dict[int, tuple[list[int], list[bool]]] = {}
    for at_ms, tracks in sightings.columns.looks.attributes.items():
        for track_id, scores in tracks.items():
            if words.name in scores:
                times, fits = turns.setdefault(track_id, ([], [sightings.is_known(track_id)]))
                times.append(at_ms)
                fits.append(words.fits(scores[words.name]))
    found: Flags = np.zeros(len(sightings.frames), np.bool_)
    row_times = sightings.columns.at_ms[sightings.frames]
    for track_id, span in sightings.spans():
        rows = sightings.by_track[span]
        times, fits = turns.get(track_id, ([], [sightings.is_known(track_id)]))
        found[rows] = np.array(fits)[np.searchsorted(times, row_times[rows], side="right")]
    return found, [times[0] for track_id, (times, _) in turns.items() if sightings.is_known(track_id)]
