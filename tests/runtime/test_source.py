"""Reading sampled frames from real recordings."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import pytest
from av.video.reformatter import VideoReformatter

from tests.runtime.footage import asset
from workers.runtime.recording import Recording, UnreadableRecordingError, open_recording
from workers.runtime.source import NOTHING_SAMPLED, SampledReader, Sampling, picture_at, to_image

pytestmark = pytest.mark.slow

FILES = ("vtest_h264.mp4", "vtest.avi", "adam_traffic_demo.mp4", "biruk_ppe.mp4")


def read(name: str, fps: float, edges_ms: list[int | None]) -> tuple[list[tuple[int, str]], int]:
    """(time, digest of the pixels) of every sampled frame, read in chunks; and the number lost."""
    frames, lost, last_slot = [], 0, NOTHING_SAMPLED
    reformatter = VideoReformatter()
    for start_ms, end_ms in pairwise(edges_ms):
        with open_recording(Recording(asset(f"videos/{name}"))) as source:
            reader = SampledReader(source, Sampling(fps, start_ms or 0, end_ms, last_slot))
            for frame in reader:
                digest = hashlib.sha256(to_image(frame.picture, reformatter).tobytes()).hexdigest()
                frames.append((frame.at_ms, digest))
            last_slot, lost = reader.last_slot, lost + reader.lost
    return frames, lost


@pytest.mark.parametrize("name", FILES)
def test_ten_chunks_read_exactly_the_frames_that_one_reads(name: str) -> None:
    whole = read(name, 5, [0, None])
    end_ms = whole[0][-1][0]
    edges: list[int | None] = [end_ms * step // 10 for step in range(10)]

    assert read(name, 5, [*edges, None]) == whole


def test_frames_stand_on_the_grid_of_the_recording() -> None:
    frames, _ = read("vtest_h264.mp4", 5, [0, None])

    assert [at_ms for at_ms, _ in frames] == list(range(0, 79_500, 200))


def test_leaving_frames_out_of_decoding_changes_no_pixel_of_the_sampled_ones() -> None:
    sampled, _ = read("adam_traffic_demo.mp4", 5, [0, None])
    every_frame = dict(read("adam_traffic_demo.mp4", 60, [0, None])[0])

    assert all(every_frame[at_ms] == digest for at_ms, digest in sampled)


def test_a_rate_above_the_recordings_takes_every_frame_once() -> None:
    frames, lost = read("biruk_ppe.mp4", 60, [0, 600])

    assert [at_ms for at_ms, _ in frames] == list(range(0, 600, 40))
    assert lost == 0


def test_a_torn_recording_gives_what_decodes_and_counts_what_is_lost() -> None:
    frames, lost = read("biruk_ppe.mp4", 25, [0, None])

    assert 19 <= len(frames) <= 22
    assert 200 <= len(frames) + lost <= 206


def test_bytes_damaged_in_the_middle_cost_frames_not_the_recording(tmp_path: Path) -> None:
    data = bytearray(asset("videos/vtest_h264.mp4").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60_000] = bytes(60_000)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)

    with open_recording(Recording(damaged)) as source:
        reader = SampledReader(source, Sampling(5))
        frames = list(reader)

    assert frames[-1].at_ms == 79_400
    assert 0 < reader.lost < 40
    assert len(frames) + reader.lost == 398


@pytest.mark.parametrize("name", ["vtest_h264.mp4", "vtest.avi", "adam_traffic_demo.mp4"])
def test_a_frame_is_found_again_by_its_time(name: str) -> None:
    frames, _ = read(name, 5, [0, None])
    at_ms, digest = frames[len(frames) * 2 // 3]

    with open_recording(Recording(asset(f"videos/{name}"))) as source:
        picture = picture_at(source, at_ms)

    assert picture is not None
    assert hashlib.sha256(to_image(picture, VideoReformatter()).tobytes()).hexdigest() == digest


def test_a_file_name_is_never_read_as_an_address(tmp_path: Path) -> None:
    with (
        pytest.raises(UnreadableRecordingError, match="not a video"),
        open_recording(Recording(Path(f"concat:{asset('videos/vtest.avi')}|{tmp_path}/none"))),
    ):
        pass
