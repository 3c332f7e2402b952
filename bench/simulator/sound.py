"""A camera's track of sound: silence in G.711, which goes on whatever becomes of the pictures."""

from __future__ import annotations

import asyncio
import random

from bench.simulator.rtp import AUDIO_PAYLOAD_TYPE, rtp_packet
from bench.simulator.rtp_session import RtpTransport

PACKET_SECONDS = 0.04
PACKET_SAMPLES = 320
SILENCE = b"\xd5" * PACKET_SAMPLES


class Sound:
    """One client's track."""

    def __init__(self, transport: RtpTransport) -> None:
        self.transport = transport
        self._source = random.getrandbits(32)
        self._player: asyncio.Task[None] | None = None

    def play(self) -> None:
        self._player = self._player or asyncio.create_task(self._play())

    def close(self) -> None:
        if self._player is not None:
            self._player.cancel()
        self.transport.close()

    async def _play(self) -> None:
        number = 0
        while True:
            ticks = number * PACKET_SAMPLES
            packet = rtp_packet(
                SILENCE, marker=False, sequence=number, ticks=ticks, source=self._source, kind=AUDIO_PAYLOAD_TYPE
            )
            self.transport.send_media([packet])
            number += 1
            await asyncio.sleep(PACKET_SECONDS)
