"""Clips cut from real recordings."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av
import pytest

from tests.runtime.footage import asset
from workers.runtime.clips import ClipError, ClipWindow, CutClip, cut_clip
from workers.runtime.recording import Recording
from workers.runtime.transcoding import Transcoder

WINDOW = ClipWindow(9_300, 15_300)
FILES = (
    "vtest_h264.mp4",
    "intel_one-by-one-person-detection.mp4",
    pytest.param("vtest.avi", marks=pytest.mark.slow),  # no browser plays it: transcoded
)


def cut(name: str, tmp_path: Path, window: ClipWindow = WINDOW, transcoder: Transcoder | None = None) -> CutClip:
    return cut_clip(Recording(asset(f"videos/{name}")), window, tmp_path / "clip.mp4", transcoder)


def shown_ms(clip: CutClip) -> list[int]:
    """When each frame that decodes stands in the recording."""
    with av.open(str(clip.path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    return [clip.start_ms + round(time * 1000) for time in times if time is not None]


@pytest.mark.parametrize("name", FILES)
def test_a_clip_shows_every_frame_of_its_window(name: str, tmp_path: Path) -> None:
    clip = cut(name, tmp_path)

    shown = shown_ms(clip)
    assert set(range(9_300, 15_301, 100)) <= set(shown)
    assert shown == sorted(set(shown))


@pytest.mark.parametrize("name", FILES)
def test_a_clip_is_h264_in_mp4_whose_index_comes_first(name: str, tmp_path: Path) -> None:
    clip = cut(name, tmp_path)

    data = clip.path.read_bytes()
    with av.open(str(clip.path)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        assert container.streams.video[0].codec_context.name == clip.codec == "h264"
    assert data.index(b"moov") < data.index(b"mdat")
    assert hashlib.sha256(data).hexdigest() == clip.sha256


def test_a_copied_clip_starts_at_the_keyframe_before_its_window(tmp_path: Path) -> None:
    clip = cut("vtest_h264.mp4", tmp_path)

    assert clip.start_ms == 8_000
    with av.open(str(clip.path)) as container:
        assert next(container.demux(video=0)).is_keyframe


def test_a_copied_clip_has_the_recordings_own_bytes(tmp_path: Path) -> None:
    clip = cut("vtest_h264.mp4", tmp_path)

    with av.open(str(asset("videos/vtest_h264.mp4"))) as container:
        original = {bytes(packet) for packet in container.demux(video=0)}
    with av.open(str(clip.path)) as container:
        assert all(bytes(packet) in original for packet in container.demux(video=0))


def test_the_duration_is_what_a_player_sees(tmp_path: Path) -> None:
    clip = cut("vtest_h264.mp4", tmp_path)

    with av.open(str(clip.path)) as container:
        assert container.duration is not None
        assert abs(container.duration / 1000 - clip.duration_ms) <= 1


@pytest.mark.parametrize("name", FILES)
def test_a_window_over_the_recordings_edges_gives_what_there_is(name: str, tmp_path: Path) -> None:
    at_start = cut(name, tmp_path, ClipWindow(0, 500))
    assert shown_ms(at_start)[0] == 0

    last_ms = {"intel_one-by-one-person-detection.mp4": 139_300}.get(name, 79_400)
    at_end = cut(name, tmp_path, ClipWindow(last_ms - 1_000, last_ms + 60_000))
    assert shown_ms(at_end)[-1] == last_ms


@pytest.mark.parametrize("name", FILES)
def test_cutting_again_gives_the_same_file(name: str, tmp_path: Path) -> None:
    assert cut(name, tmp_path).sha256 == cut(name, tmp_path).sha256


@pytest.mark.slow
def test_a_transcoded_clip_is_the_same_whatever_was_cut_before_it(tmp_path: Path) -> None:
    alone = cut("vtest.avi", tmp_path)
    shared = Transcoder()
    for start_ms in (3_000, 12_000):
        cut("vtest.avi", tmp_path, ClipWindow(start_ms, start_ms + 5_000), shared)

    assert cut("vtest.avi", tmp_path, WINDOW, shared).sha256 == alone.sha256


def test_a_window_without_frames_leaves_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    with pytest.raises(ClipError):
        cut("vtest.avi", folder, ClipWindow(500_000, 501_000))

    assert list(folder.iterdir()) == []
