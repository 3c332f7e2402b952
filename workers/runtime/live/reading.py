"""One connection's packets on their way: stamped, kept, decoded, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
from av.video.frame import VideoFrame

from workers.runtime.live.bitstream import PacketFilter, parameter_sets
from workers.runtime.live.clock import StreamClock
from workers.runtime.live.computing import COMPUTING
from workers.runtime.live.conditions import Condition, StreamFault
from workers.runtime.live.connection import Connection
from workers.runtime.live.ring import KeptPacket
from workers.runtime.source import Packet, SampledFrame

if TYPE_CHECKING:
    from workers.runtime.live.stream import LiveStream

ALL_KEYFRAMES = frozenset({"mjpeg"})
LONGEST_WAIT_SECONDS = 15.0
"""For the first picture of a connection that began between two keyframes."""
DISTRUST_MS = 1_000
"""Pictures that build on a damaged one are smeared until the next keyframe. Where that is far off, rather these than
none: what is missed meanwhile weighs more."""


class Reading:
    """Lives as long as the connection; everything that outlives it is the stream's."""

    def __init__(self, stream: LiveStream, connection: Connection) -> None:
        self._stream = stream
        self._decoder = connection.decoder
        self._time_base_ms = float(connection.stream.time_base or 0) * 1000
        self._has_clock = connection.has_clock
        self._clock = StreamClock(paced=stream.address.is_hls)
        self._filter = PacketFilter(connection.stream)
        self._last_decode_ms = 0.0
        self._good_ms = stream.now_ms()
        self._keyframes_since_good = 0
        self._damaged_since_good = 0
        self._distrust_until_ms = 0
        if stream.outputs.ring is not None:
            stream.outputs.ring.begin_connection()

    def receive(self, packet: Packet) -> None:
        arrival_ms = self._stream.now_ms()
        self._stream.heard(arrival_ms)
        self._stream.counts.packets += 1
        decode_ms = self._stamp(packet, arrival_ms)
        self._pace(decode_ms - arrival_ms)
        show_ms = decode_ms
        if self._has_clock and packet.pts is not None and packet.dts is not None:
            show_ms += (packet.pts - packet.dts) * self._time_base_ms
        self._keep(packet, show_ms, decode_ms)
        if self._stream.settings.detect_fps is None:
            self._stream.board.put(Condition.ONLINE, arrival_ms)
            return
        self._look(packet, show_ms)

    def _stamp(self, packet: Packet, arrival_ms: int) -> float:
        """The packet's decoding time as stream time, never before the one of the packet before."""
        stamp = (packet.dts if packet.dts is not None else packet.pts) if self._has_clock else None
        jumps_before = self._clock.jumps
        at_ms = self._clock.at(None if stamp is None else stamp * self._time_base_ms, arrival_ms)
        self._stream.counts.clock_jumps += self._clock.jumps - jumps_before
        self._stream.counts.lag_ms = self._clock.lag_ms
        self._last_decode_ms = max(self._last_decode_ms, at_ms)
        return self._last_decode_ms

    def _pace(self, wait_ms: float) -> None:
        if wait_ms > 0:
            self._stream.stopping.wait(wait_ms / 1000)
            self._stream.heard(self._stream.now_ms())

    def _keep(self, packet: Packet, show_ms: float, decode_ms: float) -> None:
        ring = self._stream.outputs.ring
        if ring is None:
            return
        data = self._filter.bytes_of(packet)
        sets = b""
        if packet.is_keyframe:
            sets = parameter_sets(self._filter.codec, data) or repr(self._stream.judge.size).encode()
        ring.add(KeptPacket(show_ms, decode_ms, data, bool(packet.is_keyframe)), self._filter.codec, sets)

    def _look(self, packet: Packet, show_ms: float) -> None:
        wanted = self._stream.pace.is_due(show_ms)
        if not wanted:
            self._stream.pace.leave(show_ms)
        if not wanted and self._filter.codec in ALL_KEYFRAMES:
            return
        self._keyframes_since_good += bool(packet.is_keyframe)
        # Lets the decoder leave out a frame that nobody needs: neither the analysis nor another frame.
        self._decoder.skip_frame = "DEFAULT" if wanted else "NONREF"
        with COMPUTING.turn():
            for picture in self._decoded(packet):
                self._judge(picture)
        self._complain_of_garbage()

    def _decoded(self, packet: Packet) -> list[VideoFrame]:
        try:
            with self._stream.outputs.decoding:
                return self._decoder.decode(packet)
        except av.FFmpegError:
            self._distrust(self._stream.now_ms())
            self._damage()
            return []

    def _judge(self, picture: VideoFrame) -> None:
        stream, now_ms = self._stream, self._stream.now_ms()
        changes_before = stream.judge.resolution_changes
        at_ms = self._time_of(picture, now_ms)
        if not self._is_trusted(picture, now_ms) or not stream.judge.accepts(picture, at_ms):
            self._damage()
            return
        self._good_ms, self._keyframes_since_good, self._damaged_since_good = now_ms, 0, 0
        stream.counts.pictures += 1
        stream.last_frame_ms = at_ms
        if stream.judge.resolution_changes > changes_before:
            stream.board.put(Condition.RESOLUTION_CHANGED, now_ms)
        else:
            stream.board.put(self._condition(), now_ms)
        if stream.outputs.slot is not None and stream.pace.is_due(at_ms):
            stream.pace.take(at_ms)
            stream.outputs.slot.put(SampledFrame(at_ms, picture))

    def _is_trusted(self, picture: VideoFrame, now_ms: int) -> bool:
        """Neither damaged nor built on a damaged one: of those no decoder says that something is wrong with them."""
        if picture.is_corrupt:
            self._distrust(now_ms)
        elif picture.key_frame:
            self._distrust_until_ms = now_ms
        return now_ms >= self._distrust_until_ms

    def _distrust(self, now_ms: int) -> None:
        self._distrust_until_ms = now_ms + DISTRUST_MS

    def _time_of(self, picture: VideoFrame, now_ms: int) -> int:
        at_ms = float(now_ms)
        if self._has_clock and picture.pts is not None:
            stamp_ms = picture.pts * self._time_base_ms
            at_ms = min(stamp_ms + self._clock.shift_ms(stamp_ms, now_ms), now_ms)
        last_ms = self._stream.last_frame_ms
        return round(at_ms) if last_ms is None else max(round(at_ms), last_ms + 1)

    def _condition(self) -> Condition:
        if self._stream.judge.frozen.is_frozen:
            return Condition.FROZEN
        if self._clock.lag_ms > self._stream.settings.late_seconds * 1000:
            return Condition.SLOW
        return Condition.ONLINE

    def _damage(self) -> None:
        self._stream.counts.damaged += 1
        self._damaged_since_good += 1

    def _complain_of_garbage(self) -> None:
        """Damage that outlives a keyframe does not heal by itself: the framing of the connection may be lost."""
        if not self._damaged_since_good and self._filter.codec in ALL_KEYFRAMES:
            return  # nothing was decoded, since nothing was wanted
        seconds = (self._stream.now_ms() - self._good_ms) / 1000
        is_clear = self._damaged_since_good and self._keyframes_since_good
        limit = self._stream.settings.garbage_seconds if is_clear else LONGEST_WAIT_SECONDS
        if seconds > limit:
            raise StreamFault(Condition.GARBAGE)
