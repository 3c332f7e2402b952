"""Sends the newest pictures of the cameras that somebody is looking at; nothing of it waits or is sent twice."""

from __future__ import annotations

import threading
import time

import structlog

from workers.runtime.client import PlatformClient, PlatformError
from workers.runtime.contract import PictureUpload
from workers.runtime.streams.held import HeldStream, Phase
from workers.runtime.streams.host import StreamHost

log = structlog.get_logger(__name__)

STEP_SECONDS = 0.5
MAX_AGE_SECONDS = 10.0


class PictureSender:
    """A thread. As many pictures of each camera as the platform asks for, fewer where that is slow."""

    def __init__(self, host: StreamHost, client: PlatformClient) -> None:
        self._host, self._client = host, client
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stream-pictures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def send_wanted(self) -> None:
        for held in self._host.streams():
            if _is_due(held) and held.phase is not Phase.ENDING and not self._stopping.is_set():
                self._send(held)

    def _run(self) -> None:
        while not self._stopping.is_set():
            began_at = time.monotonic()
            try:
                self.send_wanted()
            except Exception:  # the thread's edge
                log.exception("streams.pictures_failed")
            self._stopping.wait(max(0.05, STEP_SECONDS - (time.monotonic() - began_at)))

    def _send(self, held: HeldStream) -> None:
        picture = held.runner.picture(MAX_AGE_SECONDS)
        if picture is None or picture.at_ms <= held.picture_ms:
            return
        held.picture_ms, held.picture_at = picture.at_ms, time.monotonic()
        head = PictureUpload(epoch=held.work.epoch, at_ms=picture.at_ms, boxes=held.runner.boxes(picture.at_ms))
        try:
            self._client.stream_picture(held.stream_id, head, picture.jpeg)
        except PlatformError as error:
            log.debug("stream.picture_not_sent", stream_id=str(held.stream_id), error=str(error))


def _is_due(held: HeldStream) -> bool:
    """Half a step early rather than half a step late."""
    if held.picture_seconds is None:
        return False
    return time.monotonic() - held.picture_at >= held.picture_seconds - STEP_SECONDS / 2
