"""Whose frame is looked at next: by fair shares of the detector, weighted by the cameras' priorities."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field

from workers.runtime.contract import Priority
from workers.runtime.detections import Detections
from workers.runtime.live.canvas import Piece, PlacedPiece
from workers.runtime.live.marks import NO_LOOK_MARK, LookMark
from workers.runtime.live.packing import SkylinePacker
from workers.runtime.live.regions import Size

WEIGHTS = {Priority.LOW: 1.0, Priority.NORMAL: 2.0, Priority.HIGH: 4.0}
CANDIDATE_SHARE = 0.9
"""Frames are chosen until their pieces would cover so much of the canvas; then whatever still fits."""


@dataclass(eq=False, slots=True)
class Lane:
    """One camera's place in the queue. ``spent``: canvas area it had so far by its weight (its virtual time)."""

    weight: float = WEIGHTS[Priority.NORMAL]
    mark: LookMark = NO_LOOK_MARK
    spent: float = 0.0
    in_flight: int = 0
    """On how many canvases that are with the detector."""


@dataclass(eq=False, slots=True)
class Request:
    """The pieces of one frame. ``since``: when it came."""

    lane: Lane
    pieces: list[Piece]
    since: float
    answer: Future[list[Detections]] = field(default_factory=Future)
    unsent: list[int] = field(default_factory=list)
    found: dict[int, Detections] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.unsent = list(range(len(self.pieces)))

    @property
    def unsent_area(self) -> int:
        return sum(_area(self.pieces[index].size) for index in self.unsent)


@dataclass(frozen=True, slots=True)
class Sent:
    """A piece on a canvas."""

    request: Request
    index: int
    placed: PlacedPiece


class FairQueue:
    """Start-time fair queueing (after Goyal et al., 1996): who had least for its weight comes first.

    A lane that was idle has no claim to what it did not use. A suspect's pieces share a canvas with nobody's.
    Not thread-safe.
    """

    def __init__(self, canvas: Size) -> None:
        self._canvas = canvas
        self._waiting: list[Request] = []
        self._virtual_time = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, request: Request) -> None:
        """Raises ValueError for a piece that no canvas could ever hold."""
        if any(size > most for piece in request.pieces for size, most in zip(piece.size, self._canvas, strict=True)):
            raise ValueError("a piece is larger than the detector's input")
        request.lane.spent = max(request.lane.spent, self._virtual_time)
        self._waiting.append(request)

    def put_back(self, sent: list[Sent]) -> None:
        """What was sent in vain is sent again."""
        for piece in sent:
            piece.request.unsent.append(piece.index)
            if piece.request not in self._waiting:
                self._waiting.append(piece.request)

    def drop(self, request: Request) -> None:
        if request in self._waiting:
            self._waiting.remove(request)

    def drain(self) -> list[Request]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def oldest_since(self) -> float | None:
        return min((request.since for request in self._waiting), default=None)

    def fill(self) -> float:
        """How much of a canvas the waiting pieces would cover."""
        return sum(request.unsent_area for request in self._waiting) / _area(self._canvas)

    def suspect_is_next(self) -> bool:
        """No company would be let in: there is nothing to wait for."""
        return bool(self._waiting) and min(self._waiting, key=_spent).lane.mark.alone

    def take(self) -> list[Sent]:
        """The next canvas's pieces."""
        self._waiting.sort(key=_spent)
        packer = SkylinePacker(self._canvas)
        chosen, others = self._candidates()
        sent = _place(chosen, packer)
        for request in others:
            sent += _place([request], packer)
        self._charge(sent)
        self._waiting = [request for request in self._waiting if request.unsent]
        return sent

    def _candidates(self) -> tuple[list[Request], list[Request]]:
        if self._waiting and self._waiting[0].lane.mark.alone:
            return self._waiting[:1], []
        together = [request for request in self._waiting if not request.lane.mark.alone]
        area, limit = 0, CANDIDATE_SHARE * _area(self._canvas)
        for count, request in enumerate(together):
            area += request.unsent_area
            if area > limit and count:
                return together[:count], together[count:]
        return together, []

    def _charge(self, sent: list[Sent]) -> None:
        if sent:
            self._virtual_time = max(self._virtual_time, min(piece.request.lane.spent for piece in sent))
        for piece in sent:
            lane = piece.request.lane
            lane.spent += _area(piece.placed.piece.size) / lane.weight


def _place(requests: list[Request], packer: SkylinePacker) -> list[Sent]:
    """Tallest first, which wastes least; what was placed is no longer unsent."""
    wanted = [(request, index) for request in requests for index in request.unsent]
    wanted.sort(key=lambda each: -each[0].pieces[each[1]].size[1])
    sent = []
    for request, index in wanted:
        if (place := packer.place(request.pieces[index].size)) is not None:
            sent.append(Sent(request, index, PlacedPiece(request.pieces[index], *place)))
    for piece in sent:
        piece.request.unsent.remove(piece.index)
    return sent


def _spent(request: Request) -> float:
    return request.lane.spent


def _area(size: Size) -> int:
    return size[0] * size[1]
