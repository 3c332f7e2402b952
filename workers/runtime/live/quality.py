"""Judges the pictures of one stream: odd sizes, a lasting change of size, standing still."""

from __future__ import annotations

from dataclasses import dataclass, field

from av.video.frame import VideoFrame

from workers.runtime.live.frozen import FrozenWatch

SIZE_PICTURES = 3
"""A new size counts when so many pictures in a row have it: damaged parameter sets give pictures of any size."""


@dataclass(slots=True)
class PictureJudge:
    """Remembers over reconnections. ``size`` is (width, height) of the pictures that are let through."""

    frozen: FrozenWatch
    size: tuple[int, int] | None = None
    resolution_changes: int = 0
    _new_size: tuple[int, int] | None = field(default=None)
    _new_size_seen: int = 0

    def accepts(self, picture: VideoFrame, at_ms: int) -> bool:
        """Whether the picture may be shown and analysed."""
        if not self._has_known_size(picture):
            return False
        self.frozen.look(picture, at_ms)
        return True

    def _has_known_size(self, picture: VideoFrame) -> bool:
        size = picture.width, picture.height
        if size == self.size:
            self._new_size, self._new_size_seen = None, 0
            return True
        self._new_size_seen = self._new_size_seen + 1 if size == self._new_size else 1
        self._new_size = size
        if self.size is not None and self._new_size_seen < SIZE_PICTURES:
            return False
        self.resolution_changes += self.size is not None
        self.size = size
        return True
