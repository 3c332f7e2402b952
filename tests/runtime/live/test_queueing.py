"""Whose frame comes next: fair shares by priority, and nobody's flood starves the others."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from workers.runtime.contract import Priority
from workers.runtime.live.canvas import Piece
from workers.runtime.live.marks import NoLookMark
from workers.runtime.live.queueing import WEIGHTS, FairQueue, Lane, Request

CANVAS = (640, 640)
IMAGE = np.zeros((640, 640, 3), np.uint8)


def request(lane: Lane, *sizes: tuple[int, int], since: float = 0.0) -> Request:
    return Request(lane, [Piece(IMAGE, (0, 0, width, height), (width, height)) for width, height in sizes], since)


def served(lanes: dict[str, Lane], size: dict[str, tuple[int, int]], canvases: int) -> Counter[str]:
    """How many frames each lane got through, when each has its next frame ready as soon as one is done."""
    queue, frames, waiting = FairQueue(CANVAS), Counter[str](), {}
    for _ in range(canvases):
        for name, lane in lanes.items():
            if name not in waiting:
                waiting[name] = request(lane, size[name])
                queue.add(waiting[name])
        queue.take()
        done = [name for name, each in waiting.items() if not each.unsent]
        frames.update(done)
        for name in done:
            del waiting[name]
    return frames


def test_a_camera_that_floods_gets_no_more_of_the_detector_than_each_other() -> None:
    lanes = {"flood": Lane(), **{f"quiet {number}": Lane() for number in range(5)}}
    size = dict.fromkeys(lanes, (300, 300)) | {"flood": CANVAS}
    frames = served(lanes, size, 200)

    areas = {name: count * size[name][0] * size[name][1] for name, count in frames.items()}
    assert areas["flood"] <= 1.1 * 640 * 640 + min(areas[name] for name in areas if name != "flood")
    assert min(frames[name] for name in lanes if name != "flood") >= 4 * frames["flood"]


@pytest.mark.parametrize(("priority", "share"), [(Priority.HIGH, 2.0), (Priority.LOW, 0.5)])
def test_a_priority_weighs(priority: Priority, share: float) -> None:
    lanes = {"other": Lane(), "this": Lane(WEIGHTS[priority])}
    frames = served(lanes, dict.fromkeys(lanes, CANVAS), 300)

    assert frames["this"] / frames["other"] == pytest.approx(share, rel=0.05)


def test_an_idle_camera_saves_nothing_up() -> None:
    queue, busy, idle = FairQueue(CANVAS), Lane(), Lane()
    for _ in range(50):
        queue.add(request(busy, CANVAS))
        queue.take()
    order = []
    for _ in range(20):
        queue.add(request(idle, CANVAS))
        queue.add(request(busy, CANVAS))
        order += [queue.take()[0].request.lane for _ in range(2)]
        assert abs(order.count(idle) - order.count(busy)) <= 1


def test_a_frame_with_too_many_regions_is_sent_in_parts_and_nothing_twice() -> None:
    queue, mine = FairQueue(CANVAS), request(Lane(), *[(200, 300)] * 11)
    queue.add(mine)
    sent = []
    while len(queue):
        sent.append([piece.index for piece in queue.take()])

    assert sorted(index for canvas in sent for index in canvas) == list(range(11))
    assert len(sent) == 2


def test_small_regions_of_others_fill_what_a_whole_picture_leaves() -> None:
    queue = FairQueue(CANVAS)
    queue.add(request(Lane(), (640, 480)))
    queue.add(request(Lane(), (80, 150)))
    queue.add(request(Lane(), (80, 400)))

    assert [piece.placed.piece.size for piece in queue.take()] == [(640, 480), (80, 150)]
    assert [piece.placed.piece.size for piece in queue.take()] == [(80, 400)]


class Suspect(NoLookMark):
    alone = True


def test_a_suspect_shares_a_canvas_with_nobody_s_pieces() -> None:
    queue, suspects = FairQueue(CANVAS), [Lane(mark=Suspect()) for _ in range(2)]
    for lane in (suspects[0], Lane(), suspects[1], Lane()):
        queue.add(request(lane, (100, 100), (50, 50)))
    canvases = []
    while len(queue):
        canvases.append([piece.request.lane for piece in queue.take()])

    assert sorted(len(lanes) for lanes in canvases) == [2, 2, 4]
    assert all(len(set(lanes)) == 1 for lanes in canvases if set(lanes) & set(suspects))


def test_a_suspect_gets_no_more_of_the_detector_than_each_other() -> None:
    lanes = {"suspect": Lane(mark=Suspect()), **{f"other {number}": Lane() for number in range(3)}}
    frames = served(lanes, dict.fromkeys(lanes, (300, 300)), 200)

    assert frames["suspect"] <= min(frames.values()) + 1


def test_what_was_sent_in_vain_is_sent_again() -> None:
    queue = FairQueue(CANVAS)
    queue.add(request(Lane(), (100, 100), (50, 50)))
    sent = queue.take()
    queue.put_back(sent)

    assert sorted(piece.index for piece in queue.take()) == [0, 1]
    assert len(queue) == 0


def test_a_piece_that_no_canvas_could_hold_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="larger"):
        FairQueue(CANVAS).add(request(Lane(), (641, 10)))
