"""What a camera gains and loses of rules or groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from cameras.models import Camera

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Moves(Generic[Row]):
    """What really changes: neither what the camera has already, nor the loss of what it has not."""

    added: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def names(self) -> dict[str, list[str]]:
        """For the audit trail."""
        return {"added": [str(row) for row in self.added], "removed": [str(row) for row in self.removed]}


def moves_to(held: Iterable[Row], *, added: Iterable[Row], removed: Iterable[Row]) -> Moves[Row]:
    has = set(held)
    return Moves(tuple(row for row in added if row not in has), tuple(row for row in removed if row in has))


def cameras_by_row(moves: Mapping[Camera, Moves[Row]]) -> dict[Row, tuple[list[Camera], list[Camera]]]:
    """The other way round: which cameras each rule or group is put on, and which it is taken off."""
    by_row: dict[Row, tuple[list[Camera], list[Camera]]] = {}
    for camera, move in moves.items():
        for row in move.added:
            by_row.setdefault(row, ([], []))[0].append(camera)
        for row in move.removed:
            by_row.setdefault(row, ([], []))[1].append(camera)
    return by_row
