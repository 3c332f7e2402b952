"""The newest frames win, and what nobody took is counted."""

from __future__ import annotations

import threading

from av.video.frame import VideoFrame

from workers.runtime.live.slot import FrameSlot
from workers.runtime.source import SampledFrame


def frame(at_ms: int) -> SampledFrame:
    return SampledFrame(at_ms, VideoFrame(16, 16, "yuv420p"))


def test_two_frames_wait_and_a_newer_one_takes_the_place_of_the_older() -> None:
    slot = FrameSlot()
    for at_ms in (1, 2, 3):
        slot.put(frame(at_ms))
    taken = [slot.take(0), slot.take(0)]

    assert ([sampled.at_ms for sampled in taken if sampled], slot.skipped) == ([2, 3], 1)
    assert slot.take(0) is None
    assert slot.newest is taken[1]


def test_whoever_waits_gets_the_next_frame_at_once() -> None:
    slot, taken = FrameSlot(), []
    waiting = threading.Thread(target=lambda: taken.append(slot.take(30)))
    waiting.start()
    slot.put(frame(7))
    waiting.join(30)

    assert [sampled.at_ms for sampled in taken if sampled] == [7]


def test_closing_lets_go_of_whoever_waits() -> None:
    slot = FrameSlot()
    waiting = threading.Thread(target=slot.take, args=(3600,))
    waiting.start()
    slot.close()
    waiting.join(30)

    assert not waiting.is_alive()
