"""A recording whose decoding kills the process, as a picture does that a library of the decoder cannot bear."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

from workers.runtime.recording import OpenRecording

DEADLY_MS = 5_000
"""Behind what the first chunk decodes before its first report, so that work had begun."""


def install(recording_id: str) -> None:
    packets_from = OpenRecording.packets_from

    def deadly(self: OpenRecording, start_ms: int) -> Iterator[Any]:
        for packet in packets_from(self, start_ms):
            if recording_id in self.container.name and self.packet_ms(packet) >= DEADLY_MS:
                os.kill(os.getpid(), signal.SIGKILL)
            yield packet

    OpenRecording.packets_from = deadly  # type: ignore[method-assign]
