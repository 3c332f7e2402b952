"""One client's RTP session: numbered packets over its RTSP connection or over UDP."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import time
from collections.abc import Callable
from typing import Protocol

from bench.simulator.camera import SimulatedCamera
from bench.simulator.faults import Fault
from bench.simulator.feed import KeyframeGate, LiveUnit
from bench.simulator.rtp import goodbye, rtp_packet, sender_report

SEND_BUFFER_BYTES = 1_000_000
REPORT_SECONDS = 5.0


class RtpTransport(Protocol):
    """How packets reach the client."""

    header: str

    @property
    def is_congested(self) -> bool: ...

    def send_media(self, packets: list[bytes]) -> None: ...

    def send_report(self, packet: bytes) -> None: ...

    def send_noise(self, noise: bytes) -> None: ...

    def close(self) -> None: ...


class InterleavedTransport:
    """RTP inside the RTSP connection (RFC 2326, 10.12)."""

    def __init__(self, writer: asyncio.StreamWriter, channel: int) -> None:
        self.header = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        self._writer = writer
        self._channel = channel

    @property
    def is_congested(self) -> bool:
        return self._writer.transport.get_write_buffer_size() > SEND_BUFFER_BYTES

    def send_media(self, packets: list[bytes]) -> None:
        self._writer.write(b"".join(self._framed(self._channel, packet) for packet in packets))

    def send_report(self, packet: bytes) -> None:
        self._writer.write(self._framed(self._channel + 1, packet))

    def send_noise(self, noise: bytes) -> None:
        self._writer.write(noise)

    def close(self) -> None:
        """The connection belongs to whoever accepted it."""

    @staticmethod
    def _framed(channel: int, packet: bytes) -> bytes:
        return struct.pack("!cBH", b"$", channel, len(packet)) + packet


class DatagramTransport:
    """RTP and RTCP from a pair of UDP ports of the camera to a pair of the client."""

    is_congested = False

    def __init__(self, media: asyncio.DatagramTransport, report: asyncio.DatagramTransport, client_port: int) -> None:
        server_port = media.get_extra_info("sockname")[1]
        self.header = (
            f"RTP/AVP;unicast;client_port={client_port}-{client_port + 1};server_port={server_port}-{server_port + 1}"
        )
        self._media = media
        self._report = report

    @classmethod
    async def open(cls, host: str, client_port: int, on_report: Callable[[], None]) -> DatagramTransport:
        loop = asyncio.get_running_loop()
        media_socket, report_socket = _bind_port_pair(host)
        media_socket.connect((host, client_port))
        report_socket.connect((host, client_port + 1))
        media, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=media_socket)
        report, _ = await loop.create_datagram_endpoint(lambda: _ReportReceiver(on_report), sock=report_socket)
        return cls(media, report, client_port)

    def send_media(self, packets: list[bytes]) -> None:
        for packet in packets:
            self._media.sendto(packet)

    def send_report(self, packet: bytes) -> None:
        self._report.sendto(packet)

    def send_noise(self, noise: bytes) -> None:
        self._media.sendto(noise)

    def close(self) -> None:
        self._media.close()
        self._report.close()


class _ReportReceiver(asyncio.DatagramProtocol):
    def __init__(self, on_report: Callable[[], None]) -> None:
        self._on_report = on_report

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._on_report()


def _bind_port_pair(host: str) -> tuple[socket.socket, socket.socket]:
    """An even port for RTP and the next one for RTCP, as RFC 3550 wants."""
    while True:
        media, report = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        media.setblocking(False)
        report.setblocking(False)
        media.bind((host, 0))
        port = media.getsockname()[1]
        try:
            if port % 2 == 0:
                report.bind((host, port + 1))
                return media, report
        except OSError:
            pass  # the next port is taken: try another pair
        media.close()
        report.close()


class RtpSession:
    """A subscriber that turns pictures into this client's packets, from a keyframe on."""

    def __init__(self, camera: SimulatedCamera, transport: RtpTransport, close: Callable[[bool], None]) -> None:
        self.identity = f"{random.getrandbits(64):016x}"
        self.transport = transport
        self._camera = camera
        self._close = close
        self._gate = KeyframeGate()
        self._source = random.getrandbits(32)
        self._sequence = random.getrandbits(16)
        self._ticks = 0
        self._packets = 0
        self._payload_bytes = 0
        self._reported_at = -REPORT_SECONDS
        self._has_ended = False

    @property
    def next_sequence(self) -> int:
        return self._sequence & 0xFFFF

    def offer(self, unit: LiveUnit) -> None:
        if self._has_ended:
            return
        if not self._gate.admits(unit, is_congested=self.transport.is_congested):
            self._camera.counts.units_dropped += self._gate.has_opened
            return
        if self._camera.board.is_raised(Fault.GARBAGE_INTERLEAVING):
            self.transport.send_noise(random.randbytes(random.randrange(64, 1400)))
        self._ticks = unit.pts_ticks
        self._report_when_due()
        packets = [self._packet(payload, marker, unit.pts_ticks) for marker, payload in unit.payloads]
        self.transport.send_media(packets)
        self._camera.counts.rtp_packets += len(packets)
        self._camera.counts.bytes_sent += unit.byte_count

    def close(self, *, reset: bool) -> None:
        self._close(reset)

    def end(self) -> None:
        """Say goodbye, in one datagram with a report as RFC 3550 wants; FFmpeg ignores a bare BYE."""
        self._has_ended = True
        self.transport.send_report(self._report() + goodbye(self._source))

    def _packet(self, payload: bytes, marker: bool, ticks: int) -> bytes:
        packet = rtp_packet(payload, marker=marker, sequence=self._sequence, ticks=ticks, source=self._source)
        self._sequence += 1
        self._packets += 1
        self._payload_bytes += len(payload)
        return packet

    def _report_when_due(self) -> None:
        now = time.monotonic()
        if now - self._reported_at >= REPORT_SECONDS:
            self._reported_at = now
            self.transport.send_report(self._report())

    def _report(self) -> bytes:
        return sender_report(
            source=self._source, ticks=self._ticks, packets=self._packets, payload_bytes=self._payload_bytes
        )
