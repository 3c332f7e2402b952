"""What validation says about good and bad uploads, asked the way the web side asks: as a child process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest

from tests.runtime.footage import CAMPUS, CAMPUS_AVI, MOTORWAY, TABLE, Scene, asset
from tests.runtime.uploads import REFUSED, small_motion_jpeg
from workers.runtime.contract import RecordingFacts, ValidationAnswer, ValidationLimits
from workers.runtime.recording import Recording, UnreadableRecordingError, open_recording
from workers.runtime.source import picture_at

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]


def ask(path: Path, limits: ValidationLimits | None = None) -> ValidationAnswer:
    done = checked(path, limits or ValidationLimits())
    done.check_returncode()
    return ValidationAnswer.model_validate_json(done.stdout)


def checked(path: Path, limits: ValidationLimits) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "workers.runtime.validation", str(path), "--limits", limits.model_dump_json()]
    return subprocess.run(command, capture_output=True, cwd=PROJECT, timeout=60, check=False)


def facts(path: Path) -> RecordingFacts:
    answer = ask(path)
    assert answer.facts is not None, answer.sentence
    return answer.facts


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_recording_is_refused_with_a_plain_sentence(kind: str, tmp_path: Path) -> None:
    make, code = REFUSED[kind]
    path = tmp_path / "holiday.mp4"
    make(path)
    before = path.read_bytes()

    answer = ask(path)

    assert (answer.ok, answer.code) == (False, code)
    assert answer.sentence.endswith(".")
    assert str(tmp_path) not in answer.sentence
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.mp4"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["playlist", "concat_script", "dash_manifest"])
@pytest.mark.parametrize("prefix", [b"\n\n", b"\x00", b"# note\n"])
def test_a_disguised_list_of_files_is_refused_too(kind: str, prefix: bytes, tmp_path: Path) -> None:
    path = tmp_path / "holiday.mp4"
    REFUSED[kind][0](path)
    path.write_bytes(prefix + path.read_bytes())

    assert not ask(path).ok


@pytest.mark.parametrize("scene", [CAMPUS, CAMPUS_AVI, MOTORWAY, TABLE], ids=lambda scene: scene.file)
def test_real_recordings_are_accepted_with_their_facts(scene: Scene) -> None:
    found = facts(scene.path)

    assert (found.container_format, found.duration_ms) == (scene.container_format, scene.duration_ms)
    assert found.keyframes_ms[0] == 0
    assert list(found.keyframes_ms) == sorted(set(found.keyframes_ms))
    assert found.warnings == ()


def test_the_facts_are_those_of_the_pictures() -> None:
    found = facts(CAMPUS.path)

    assert (found.codec, found.width, found.height, found.fps, found.frames_declared) == ("h264", 768, 576, 10, 795)


@pytest.mark.parametrize("scene", [CAMPUS, CAMPUS_AVI, MOTORWAY], ids=lambda scene: scene.file)
def test_reading_can_start_at_each_keyframe_named(scene: Scene) -> None:
    found = facts(scene.path)
    for keyframe_ms in found.keyframes_ms[::5]:
        with open_recording(Recording(scene.path, found.container_format)) as source:
            first = next(iter(source.packets_from(keyframe_ms)))
            assert source.packet_ms(first) == keyframe_ms
        with open_recording(Recording(scene.path, found.container_format)) as source:
            assert picture_at(source, keyframe_ms) is not None


def test_a_torn_recording_is_accepted_with_a_warning() -> None:
    found = facts(asset("videos/biruk_ppe.mp4"))

    assert found.frames_declared == 206
    assert "cut off" in found.warnings[0]


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"max_bytes": 1_000_000}, "too_large"),
        ({"max_seconds": 60}, "too_long"),
        ({"max_pixels": 400_000}, "too_many_pixels"),
        ({"max_fps": 9}, "too_many_fps"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_recording_over_a_limit_is_refused(limit: dict[str, int], code: str) -> None:
    limits = ValidationLimits.model_validate({"max_fps": 30, "max_seconds": 3_600, **limit})

    answer = ask(CAMPUS.path, limits)

    assert (answer.ok, answer.code) == (False, code)


def test_running_out_of_memory_is_a_refusal() -> None:
    done = checked(CAMPUS.path, ValidationLimits(memory_bytes=150_000_000))
    if done.returncode == -signal.SIGSEGV:
        return  # FFmpeg itself may die of what it was refused; whoever started it tells that from the signal

    done.check_returncode()
    answer = ValidationAnswer.model_validate_json(done.stdout)
    assert (answer.ok, answer.code) == (False, "too_costly")


def test_motion_jpeg_of_a_sane_size_is_accepted(tmp_path: Path) -> None:
    """So that the refusal of the gigantic file is about its size."""
    small_motion_jpeg(tmp_path / "small.avi")

    assert facts(tmp_path / "small.avi").codec == "mjpeg"


def test_a_clock_that_jumps_back_keeps_the_recording_in_one_piece(tmp_path: Path) -> None:
    """Two streams of a recorder behind one another: the second starts its clock anew."""
    joined = tmp_path / "joined.ts"
    joined.write_bytes(_transport_stream(tmp_path / "one.ts", 20) + _transport_stream(tmp_path / "two.ts", 20))

    found = facts(joined)

    assert found.keyframes_ms == (0,)
    assert "clock jumps" in found.warnings[0]
    assert 3_800 <= found.duration_ms <= 4_400


def _transport_stream(path: Path, frames: int) -> bytes:
    with av.open(str(CAMPUS.path)) as source, av.open(str(path), "w", format="mpegts") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if number >= frames:
                break
            packet.stream = stream
            output.mux(packet)
    return path.read_bytes()


def test_a_format_must_be_one_of_the_allowed_ones(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRecordingError), open_recording(Recording(CAMPUS.path, "hls")):
        pass
