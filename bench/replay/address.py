"""The address of a replay camera: which recording it plays, and the seed of its phase and jitter."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

NOBODY_LISTENS = "127.0.0.1:9"


class ReplayAddress(NamedTuple):
    recording: str
    seed: int

    @property
    def url(self) -> str:
        """One that the platform takes for a camera's."""
        return f"rtsp://{NOBODY_LISTENS}/replay/{self.recording}/{self.seed}"

    @classmethod
    def parse(cls, url: str) -> ReplayAddress:
        _, place, recording, seed = urlsplit(url).path.split("/")
        if place != "replay":
            raise ValueError("not the address of a replay camera")
        return cls(recording, int(seed))
