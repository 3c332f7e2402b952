"""Track logs as a back-test plays them: joined where they follow on each other, apart where they do not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events.models import TrackLog
from events.track_portions import TrackPortion, portions
from rules.engine.frames import SceneSignals
from rules.engine.track_log import ONLY_TRACKS, quantised
from tests.engine.walks import Sighting, frame
from tests.engine.worlds import Body, frame_of
from tests.rules.backtests.world import ZERO, log_segment, log_tracks, make_stream, visits
from vms.storage.media import media_path
from workers.models import Stream

pytestmark = pytest.mark.django_db

HERE = Sighting(0.5, 0.5)


@pytest.fixture
def stream() -> Stream:
    return make_stream()


def read(seconds: float = 3600, since: float = 0) -> list[TrackPortion]:
    start, end = ZERO + timedelta(seconds=since), ZERO + timedelta(seconds=seconds)
    return list(portions(TrackLog.objects.all(), start, end))


def times(portion: TrackPortion) -> list[int]:
    return portion.table.at_ms.tolist() if portion.table is not None else [each.timestamp_ms for each in portion.frames]


def test_segments_that_follow_on_each_other_are_one_portion_with_the_frames_of_all(stream: Stream) -> None:
    frames = visits(20)
    log_tracks(stream, frames)
    (portion,) = read()
    assert portion.table is not None
    assert times(portion) == [each.timestamp_ms for each in frames]
    again = portion.table.frame(1_530)
    assert (again.track_ids.tolist(), again.class_names) == (
        frames[1_530].track_ids.tolist(),
        frames[1_530].class_names,
    )
    assert again.boxes_xyxy.tolist() == frames[1_530].boxes_xyxy.tolist()


def test_only_what_lies_in_the_period_is_given(stream: Stream) -> None:
    log_tracks(stream, visits(20))
    (portion,) = read(since=590, seconds=610)
    assert (times(portion)[0], times(portion)[-1]) == (590_000, 609_800)
    assert portion.until == ZERO + timedelta(milliseconds=609_800)


def test_a_stream_that_was_over_ends_its_portion(stream: Stream) -> None:
    log_segment(stream, [frame(0, {1: HERE})], finished=True)
    log_segment(stream, [frame(60_000, {1: HERE})])
    assert [(times(each), each.finished) for each in read()] == [([0], True), ([60_000], False)]


def test_a_lease_with_lower_numbers_begins_anew_and_one_that_goes_on_does_not(stream: Stream) -> None:
    log_segment(stream, [frame(0, {5: HERE})])
    log_segment(stream, [frame(60_000, {5: HERE, 6: HERE})], epoch=2)
    log_segment(stream, [frame(120_000, {1: HERE})], epoch=3)
    assert [(times(each), each.is_new) for each in read()] == [([0, 60_000], False), ([120_000], True)]


def test_what_further_models_told_is_in_the_table_and_whose_tracks_are_of_another_model_stay_frames(
    stream: Stream,
) -> None:
    measured = quantised(frame_of(60_000, {}, signals=SceneSignals(brightness=0.5)))
    log_segment(stream, [frame(0, {1: HERE})])
    log_segment(stream, [measured])
    log_segment(stream, [quantised(frame_of(120_000, {1: Body(0.5, 0.5)}, models=("names",)))])
    first, second = read()
    assert first.table is not None
    assert times(first) == [0, 60_000]
    assert first.table.frame(1).signals == measured.signals
    assert second.table is None
    assert second.frames[0].models == ("names",)


def test_what_a_rule_does_not_ask_for_does_not_keep_segments_apart(stream: Stream) -> None:
    log_segment(stream, [frame(0, {1: HERE})])
    log_segment(stream, [quantised(frame_of(60_000, {1: Body(0.5, 0.5)}, attributes={1: {"uniform": 0.9}}))])
    start, end = ZERO, ZERO + timedelta(hours=1)
    found = list(portions(TrackLog.objects.all(), start, end, asked=ONLY_TRACKS))
    assert [[each.epoch, each.table is None] for each in found] == [[1, False]] * len(found)
    assert sum(len(times(each)) for each in found) == 2


def test_a_segment_that_cannot_be_read_is_left_out(stream: Stream) -> None:
    lost = log_segment(stream, [frame(0, {1: HERE})])
    log_segment(stream, [frame(60_000, {1: HERE})])
    media_path(lost.name).unlink()
    assert [times(each) for each in read()] == [[60_000]]
