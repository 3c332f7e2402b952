"""Which pictures are let through when sizes change."""

from __future__ import annotations

from av.video.frame import VideoFrame

from workers.runtime.live.frozen import FrozenWatch
from workers.runtime.live.quality import SIZE_PICTURES, PictureJudge


def accepted(judge: PictureJudge, *sizes: tuple[int, int]) -> list[bool]:
    return [judge.accepts(VideoFrame(*size, "yuv420p"), number * 200) for number, size in enumerate(sizes)]


def test_the_first_picture_is_let_through_at_once() -> None:
    assert accepted(PictureJudge(FrozenWatch(20)), (640, 360)) == [True]


def test_odd_sizes_now_and_then_are_not_let_through_and_change_nothing() -> None:
    judge = PictureJudge(FrozenWatch(20))

    assert accepted(judge, (640, 360), (16, 16), (92, 64), (16, 16), (640, 360), (16, 16)) == [
        *(True, False, False, False),
        *(True, False),
    ]
    assert (judge.size, judge.resolution_changes) == ((640, 360), 0)


def test_a_size_that_stays_is_a_change() -> None:
    judge = PictureJudge(FrozenWatch(20))
    results = accepted(judge, (640, 360), *[(1280, 720)] * SIZE_PICTURES)

    assert results == [True, *[False] * (SIZE_PICTURES - 1), True]
    assert (judge.size, judge.resolution_changes) == ((1280, 720), 1)
