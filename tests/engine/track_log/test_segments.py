"""What goes into a segment comes out of it, and rules find the same in both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings

from rules.engine.frames import FrameTracks
from rules.engine.track_log import (
    SegmentWriter,
    decode_segment,
    encode_segment,
    quantised,
    read_header,
)
from tests.engine.test_properties import NO_SHRINKING, Step, engine, frames_of, walks
from tests.engine.track_log.frames import ORIGIN, films, plain, plains
from tests.engine.walks import Sighting, frame, play


@settings(deadline=None, max_examples=60)
@given(films())
def test_a_segment_gives_back_the_quantised_frames_to_the_last_bit(film: list[FrameTracks]) -> None:
    assert plains(list(decode_segment(encode_segment(ORIGIN, film)))) == plains([quantised(each) for each in film])


@settings(deadline=None, max_examples=50)
@given(films())
def test_a_quantised_frame_stays_as_it_is(film: list[FrameTracks]) -> None:
    once = [quantised(each) for each in film]
    assert plains([quantised(each) for each in once]) == plains(once)


@settings(deadline=None, phases=NO_SHRINKING, max_examples=40)
@given(walks)
def test_every_clause_finds_in_the_log_what_it_found_live(walk: list[Step]) -> None:
    live = [quantised(each) for each in frames_of(walk)]
    assert play(engine(), decode_segment(encode_segment(ORIGIN, live))) == play(engine(), live)


def test_boxes_move_by_less_than_a_third_of_a_pixel_of_a_4k_picture() -> None:
    seen = frame(0, {1: Sighting(0.123456, 0.654321, confidence=0.87654)})
    stepped = quantised(seen)
    assert np.abs(stepped.boxes_xyxy - seen.boxes_xyxy).max() * 3840 < 0.3
    assert stepped.confidences.tolist() == [0.877]


def test_a_number_that_is_none_is_zero() -> None:
    broken = frame(0, {1: Sighting(float("nan"), 0.5, confidence=float("nan"))})
    (again,) = decode_segment(encode_segment(ORIGIN, [broken]))
    assert again.boxes_xyxy[0, 0] == again.confidences[0] == 0


def test_tracks_stand_in_the_order_of_their_ids() -> None:
    stepped = quantised(frame(0, {9: Sighting(0.2, 0.5), 2: Sighting(0.4, 0.5, "car")}))
    assert (stepped.track_ids.tolist(), stepped.class_names) == ([2, 9], ("car", "person"))


def test_a_track_cannot_be_in_a_frame_twice() -> None:
    once = frame(0, {1: Sighting(0.2, 0.5)})
    twice = FrameTracks(
        0, np.array([1, 1]), ("person",) * 2, np.ones(2), np.concatenate((once.boxes_xyxy, once.boxes_xyxy))
    )
    with pytest.raises(ValueError, match="once"):
        quantised(twice)


def test_the_header_says_what_is_inside() -> None:
    film = [frame(400, {}), frame(600, {1: Sighting(0.2, 0.5), 2: Sighting(0.3, 0.5)})]
    header = read_header(encode_segment(ORIGIN, film, finished=True))
    assert header.model_dump() == ORIGIN.model_dump() | {
        "start_ms": 400,
        "end_ms": 600,
        "frames": 2,
        "objects": 2,
        "finished": True,
    }


def test_a_segment_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        encode_segment(ORIGIN, [])


def test_an_hour_without_anybody_takes_less_than_five_kilobytes() -> None:
    writer = SegmentWriter(ORIGIN)
    segments = [done for at in range(0, 3_600_001, 200) if (done := writer.add(frame(at, {})))]
    assert [each.header.frames for each in segments] == [1500] * 12
    assert sum(len(each.data) for each in segments) < 5_000


def written(film: Sequence[FrameTracks], segment_ms: int) -> list[FrameTracks]:
    writer = SegmentWriter(ORIGIN, segment_ms=segment_ms)
    segments = [writer.add(each) for each in film] + [writer.close()]
    return [each for segment in segments if segment for each in decode_segment(segment.data)]


@pytest.mark.parametrize("segment_ms", [200, 1_000, 7_000, 300_000])
def test_a_writer_loses_no_frame_and_repeats_none(segment_ms: int) -> None:
    film = [quantised(frame(at, {at // 900: Sighting(at / 60_000, 0.5)})) for at in range(200, 60_000, 200)]
    assert plains(written(film, segment_ms)) == plains(film)


def test_a_writer_ends_a_segment_at_full_steps_of_stream_time() -> None:
    writer = SegmentWriter(ORIGIN, segment_ms=1_000)
    ends = [done.header.end_ms for at in range(700, 4_000, 300) if (done := writer.add(frame(at, {})))]
    assert ends == [700, 1_900, 2_800]


def test_a_writer_that_was_closed_begins_anew() -> None:
    writer = SegmentWriter(ORIGIN)
    writer.add(frame(0, {}))
    assert writer.close(finished=True)
    assert writer.close() is None
    writer.add(frame(200, {}))
    again = writer.close()
    assert again is not None
    assert plain(next(decode_segment(again.data))) == plain(quantised(frame(200, {})))


def test_very_full_frames_end_a_segment_early() -> None:
    crowd = {number: Sighting(0.5, 0.5) for number in range(1, 501)}
    writer = SegmentWriter(ORIGIN)
    segments = [done for at in range(0, 200_000, 200) if (done := writer.add(quantised(frame(at, crowd))))]
    assert segments
    assert sum(1 for _ in decode_segment(segments[0].data)) == segments[0].header.frames
