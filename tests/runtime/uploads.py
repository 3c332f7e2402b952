"""Makes the files that people upload by mistake or on purpose: each is refused with a sentence."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np

from tests.runtime.footage import asset


def text(path: Path) -> None:
    path.write_text("Minutes of the meeting.\n" * 50)


def archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("video.mp4", b"not here")


def playlist(path: Path) -> None:
    """HLS: points at a readable local file and at an address."""
    local = asset("videos/vtest_h264.mp4")
    path.write_text(
        f"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nfile://{local}\n#EXTINF:10,\n{local}\n"
        "#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    )


def concat_script(path: Path) -> None:
    path.write_text(f"ffconcat version 1.0\nfile '{asset('videos/vtest_h264.mp4')}'\n")


def dash_manifest(path: Path) -> None:
    path.write_text(
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation>'
        f"<BaseURL>{asset('videos/vtest_h264.mp4')}</BaseURL></Representation></AdaptationSet></Period></MPD>\n"
    )


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def sound_only(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=44_100)
        for number in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44_100, number * 1024
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def picture(path: Path) -> None:
    worked, data = cv2.imencode(".png", np.zeros((64, 64, 3), np.uint8))
    assert worked
    path.write_bytes(data.tobytes())


def small_motion_jpeg(path: Path) -> bytearray:
    """An AVI whose pictures are JPEGs of 64 x 48."""
    with av.open(str(path), "w", format="avi") as output:
        stream = output.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((72, 64), np.uint8), format="yuv420p")
            frame.pts = number
            output.mux(stream.encode(frame.reformat(format="yuvj420p")))
        output.mux(stream.encode(None))
    return bytearray(path.read_bytes())


def gigantic(path: Path) -> None:
    """Says of itself, in the container and in every picture, that it is 65,500 x 65,500 pixels."""
    data = small_motion_jpeg(path)
    for header, offset in ((b"avih", 40), (b"strf", 12)):
        at = data.index(header) + offset
        data[at : at + 8] = struct.pack("<II", 65_500, 65_500)
    at = data.find(b"\xff\xc0")
    while at >= 0:
        data[at + 5 : at + 9] = struct.pack(">HH", 65_500, 65_500)
        at = data.find(b"\xff\xc0", at + 1)
    path.write_bytes(data)


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "text": (text, "not_a_video"),
    "archive": (archive, "archive"),
    "playlist": (playlist, "playlist"),
    "concat_script": (concat_script, "playlist"),
    "dash_manifest": (dash_manifest, "playlist"),
    "nothing": (nothing, "empty"),
    "sound_only": (sound_only, "no_video"),
    "picture": (picture, "image"),
    "gigantic": (gigantic, "too_many_pixels"),
}
