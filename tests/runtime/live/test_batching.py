"""One detector fed by many: shared canvases, live before uploads, memory that runs out, a device that hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial

import numpy as np
import pytest

from tests.runtime.live.scripted_detector import ScriptedDetector, marked
from workers.runtime.detections import Detections
from workers.runtime.live.batching import Batcher, BatchSettings
from workers.runtime.live.canvas import Piece
from workers.runtime.live.marks import NoLookMark
from workers.runtime.live.queueing import FairQueue, Lane

OUT_OF_MEMORY = RuntimeError("CUDA out of memory. Tried to allocate 20 MiB")
WAIT = 30.0


def piece(number: int = 1, size: tuple[int, int] = (100, 100)) -> Piece:
    return Piece.of(marked(number, size), (0, 0, *size), 1.0)


@pytest.fixture
def held() -> Iterator[ScriptedDetector]:
    detector = ScriptedDetector(holds=True)
    yield detector
    while detector.waiting():
        detector.answer()


def until(is_there: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(3_000):
        if is_there():
            return
        pause.wait(0.01)
    raise AssertionError("waited in vain")


def _are_waiting(detector: ScriptedDetector, count: int) -> bool:
    return detector.waiting() == count


def numbers(answer: Future[list[Detections]]) -> list[int]:
    return [len(found) for found in answer.result(WAIT)]


def test_regions_of_several_cameras_share_a_canvas_and_each_gets_its_own_objects() -> None:
    detector, now = ScriptedDetector(), [0.0]
    batcher = Batcher(detector, BatchSettings(deadline_seconds=0.05), clock=lambda: now[0])
    answers = [batcher.look(Lane(), [piece(count), piece(0)]) for count in (1, 2, 3)]
    now[0] += 1

    assert [numbers(answer) for answer in answers] == [[1, 0], [2, 0], [3, 0]]
    assert answers[2].result()[0].boxes_xyxy[:, :2].tolist() == [[40, 20], [40, 40], [40, 60]]
    assert len(detector.images) == 1
    batcher.close()


def test_a_lone_frame_does_not_wait_for_company_for_ever() -> None:
    batcher = Batcher(ScriptedDetector(), BatchSettings(deadline_seconds=0.01))

    assert numbers(batcher.look(Lane(), [piece()])) == [1]
    batcher.close()


def test_a_full_canvas_waits_for_nothing() -> None:
    batcher = Batcher(ScriptedDetector(), BatchSettings(deadline_seconds=3600))

    assert numbers(batcher.look(Lane(), [piece(1, (640, 600))])) == [1]
    batcher.close()


def test_a_canvas_is_no_higher_than_what_it_holds() -> None:
    detector = ScriptedDetector()
    detector.canvas_heights = (96, 128, 480)
    batcher = Batcher(detector, BatchSettings(deadline_seconds=0.0))

    for height in (100, 600):
        batcher.look(Lane(), [piece(1, (100, height)), piece(2)]).result(WAIT)

    assert [image.shape for image in detector.images] == [(128, 640, 3), (640, 640, 3)]
    batcher.close()


def test_company_is_awaited_for_longer_only_while_every_place_is_taken(held: ScriptedDetector) -> None:
    batcher = Batcher(held, BatchSettings(deadline_seconds=0.0, busy_deadline_seconds=3600))
    places = held.in_flight // 2
    for taken in range(places):
        batcher.look(Lane(), [piece()])
        until(partial(_are_waiting, held, taken + 1))

    late = batcher.look(Lane(), [piece(2)])
    held.answer()
    until(lambda: held.waiting() == places)
    held.answer(places)
    assert numbers(late) == [2]
    batcher.close()


def test_live_frames_go_before_uploads_and_an_upload_is_alone_and_whole(held: ScriptedDetector) -> None:
    batcher = Batcher(held, BatchSettings(deadline_seconds=0.0, busy_deadline_seconds=0.0, upload_wait_seconds=3600))
    first = [batcher.look_at_upload(marked(1, (300, 200))) for _ in range(held.in_flight + 3)]
    until(lambda: held.waiting() == held.in_flight // 2 + 1)
    live = batcher.look(Lane(), [piece(2)])
    held.answer()
    until(lambda: len(held.images) == held.in_flight // 2 + 2)

    assert held.images[-1].shape == (640, 640, 3)
    assert {image.shape for image in held.images[:-1]} == {(200, 300, 3)}
    while not (live.done() and all(each.done() for each in first)):
        until(lambda: held.waiting() > 0 or (live.done() and all(each.done() for each in first)))
        if held.waiting():
            held.answer()
    assert (numbers(live), [len(each.result()) for each in first]) == ([2], [1] * len(first))
    batcher.close()


def test_an_upload_is_not_starved_by_live_frames() -> None:
    detector = ScriptedDetector()
    batcher = Batcher(detector, BatchSettings(deadline_seconds=0.0, upload_wait_seconds=0.05))
    stopping, lanes = threading.Event(), [Lane() for _ in range(4)]

    def flood(lane: Lane) -> None:
        while not stopping.is_set():
            batcher.look(lane, [piece(1, (640, 640))]).result(WAIT)

    threads = [threading.Thread(target=flood, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    assert len(batcher.look_at_upload(marked(3)).result(WAIT)) == 3
    stopping.set()
    for thread in threads:
        thread.join(WAIT)
    batcher.close()


class Noted(NoLookMark):
    def __init__(self, *, alone: bool = False) -> None:
        self.alone, self.inside = alone, True

    def step_in(self) -> None:
        self.inside = True

    def step_out(self) -> None:
        self.inside = False


def test_a_stream_is_marked_only_while_its_pieces_are_with_the_detector(held: ScriptedDetector) -> None:
    batcher = Batcher(held, BatchSettings(deadline_seconds=0.0, busy_deadline_seconds=0.0))
    marks = [Noted() for _ in range(held.in_flight)]
    answers = [batcher.look(Lane(mark=mark), [piece(1, (600, 600))]) for mark in marks]
    until(lambda: held.waiting() == held.in_flight // 2 + 1)

    assert [mark.inside for mark in marks] == [True] * held.waiting() + [False] * (held.in_flight - held.waiting())
    while not all(each.done() for each in answers):
        until(lambda: held.waiting() > 0 or all(each.done() for each in answers))
        if held.waiting():
            held.answer()
    assert not any(mark.inside for mark in marks)
    batcher.close()


def test_a_suspect_waits_for_no_company() -> None:
    batcher = Batcher(ScriptedDetector(), BatchSettings(deadline_seconds=3600))

    assert numbers(batcher.look(Lane(mark=Noted(alone=True)), [piece()])) == [1]
    batcher.close()


def test_out_of_memory_halves_what_is_in_flight_and_nobody_notices(held: ScriptedDetector) -> None:
    batcher = Batcher(held, BatchSettings(deadline_seconds=0.0, busy_deadline_seconds=0.0))
    limit = held.in_flight // 2 + 1
    answers = [batcher.look(Lane(), [piece(1, (600, 600))]) for _ in range(limit)]
    until(lambda: held.waiting() == limit)
    held.errors = [OUT_OF_MEMORY] * limit
    held.answer(limit)
    until(lambda: held.waiting() == limit // 2)

    assert batcher.load().in_flight_limit == limit // 2
    assert batcher.load().out_of_memory == limit
    while not all(each.done() for each in answers):
        until(lambda: held.waiting() > 0 or all(each.done() for each in answers))
        if held.waiting():
            held.answer()
    assert [numbers(each) for each in answers] == [[1]] * limit
    assert held.most_in_flight == limit
    batcher.close()


def test_too_much_even_for_one_at_a_time_is_told_and_the_next_frame_works(held: ScriptedDetector) -> None:
    batcher = Batcher(held, BatchSettings(deadline_seconds=0.0))
    answer = batcher.look(Lane(), [piece()])
    held.errors = [OUT_OF_MEMORY] * 10
    while not answer.done():
        until(lambda: held.waiting() > 0 or answer.done())
        if held.waiting():
            held.answer()
    held.errors = []

    assert isinstance(answer.exception(WAIT), RuntimeError)
    following = batcher.look(Lane(), [piece(2)])
    until(lambda: held.waiting() == 1)
    held.answer()
    assert numbers(following) == [2]
    batcher.close()


def test_one_that_began_alone_and_got_company_later_is_looked_at_again_when_memory_runs_out(
    held: ScriptedDetector,
) -> None:
    now = [0.0]
    settings = BatchSettings(deadline_seconds=0.0, busy_deadline_seconds=0.0, memory_pause_seconds=30)
    batcher = Batcher(held, settings, clock=lambda: now[0])
    alone = batcher.look(Lane(), [piece()])
    held.errors = [OUT_OF_MEMORY] * 2
    for _ in range(2):
        until(lambda: held.waiting() == 1)
        held.answer()
    until(lambda: held.waiting() == 1)
    assert batcher.load().in_flight_limit == 1

    now[0] += 31
    beside = batcher.look(Lane(), [piece(2)])
    until(lambda: held.waiting() == 2)
    held.errors = [OUT_OF_MEMORY]
    held.answer()
    assert batcher.load().in_flight_limit == 1
    held.answer()
    until(lambda: held.waiting() == 1)
    held.answer()

    assert (numbers(alone), numbers(beside)) == ([1], [2])
    batcher.close()


def test_after_a_pause_without_trouble_more_are_in_flight_again() -> None:
    now = [0.0]
    detector = ScriptedDetector()
    batcher = Batcher(detector, BatchSettings(deadline_seconds=0.0, memory_pause_seconds=30), clock=lambda: now[0])
    detector.errors = [OUT_OF_MEMORY]
    assert numbers(batcher.look(Lane(), [piece()])) == [1]
    assert batcher.load().in_flight_limit == 2
    now[0] += 31
    assert batcher.load().in_flight_limit == 3
    now[0] += 31
    now[0] += 31
    assert batcher.load().in_flight_limit == 4
    batcher.close()


def test_any_other_error_reaches_whoever_waits() -> None:
    detector = ScriptedDetector()
    detector.errors = [ValueError("bad input")]
    batcher = Batcher(detector, BatchSettings(deadline_seconds=0.0))

    assert isinstance(batcher.look(Lane(), [piece()]).exception(WAIT), ValueError)
    assert numbers(batcher.look(Lane(), [piece()])) == [1]
    batcher.close()


def test_an_inference_without_an_answer_is_told_by_its_age(held: ScriptedDetector) -> None:
    now = [100.0]
    batcher = Batcher(held, BatchSettings(deadline_seconds=0.0), clock=lambda: now[0])
    assert batcher.stuck_seconds() == 0
    answer = batcher.look(Lane(), [piece()])
    until(lambda: held.waiting() == 1)
    now[0] += 12.5

    assert batcher.stuck_seconds() == 12.5
    held.answer()
    assert numbers(answer) == [1]
    assert batcher.stuck_seconds() == 0
    batcher.close()


def test_closing_lets_go_of_whoever_waits_and_refuses_more(held: ScriptedDetector) -> None:
    batcher = Batcher(held, BatchSettings(deadline_seconds=3600))
    waiting = batcher.look(Lane(), [piece()])
    batcher.close()

    assert waiting.cancelled()
    with pytest.raises(RuntimeError):
        batcher.look_at_upload(np.zeros((10, 10, 3), np.uint8))


def test_the_load_counts_what_was_asked_and_answered() -> None:
    batcher = Batcher(ScriptedDetector(), BatchSettings(deadline_seconds=0.0))
    for _ in range(5):
        numbers(batcher.look(Lane(), [piece(1, (640, 320))]))
    load = batcher.load()

    assert load.frames_asked == load.frames_answered == load.inferences > 0
    assert load.mean_fill == pytest.approx(0.5)
    assert 0 < load.busy_share <= 1
    assert load.capacity >= load.inferences
    batcher.close()


def test_a_fault_of_the_sending_thread_is_told_and_the_next_frame_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    batcher = Batcher(ScriptedDetector(), BatchSettings(deadline_seconds=0.0))
    with monkeypatch.context() as broken:
        broken.setattr(FairQueue, "take", lambda queue: 1 / 0)
        assert isinstance(batcher.look(Lane(), [piece()]).exception(WAIT), ZeroDivisionError)

    assert numbers(batcher.look(Lane(), [piece()])) == [1]
    batcher.close()
