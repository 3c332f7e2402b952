"""Writes the picture that stands for an event."""

from __future__ import annotations

from pathlib import Path

import cv2
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from workers.runtime.source import to_image

JPEG_QUALITY = 85


class SnapshotError(Exception):
    """The picture could not be encoded or found."""


def write_snapshot(picture: VideoFrame, path: Path) -> None:
    """Write the frame as a JPEG to ``path``, which appears only when it is whole."""
    data = jpeg_of(picture)
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def jpeg_of(picture: VideoFrame) -> bytes:
    """The frame as a JPEG."""
    image = to_image(picture, VideoReformatter())
    worked, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not worked:
        raise SnapshotError("the picture cannot be written as JPEG")
    return data.tobytes()
