"""What a camera serves over HTTP: MJPEG, progressive TS and MP4, HLS and a snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus

import av

from bench.simulator.camera import MAIN, SUB, SimulatedCamera
from bench.simulator.faults import Fault
from bench.simulator.feed import KeyframeGate, LiveUnit
from bench.simulator.hls import HlsSegmenter
from bench.simulator.http_server import HttpExchange
from bench.simulator.muxing import StreamMuxer
from bench.simulator.pictures import JpegTranscoder

SEND_BUFFER_BYTES = 1_000_000
BOUNDARY = "picture"
NONCE = "one-nonce-is-enough-here"


class HttpSubscriber:
    """A client that gets ``convert(unit)`` of every picture, as far as it keeps up."""

    def __init__(self, camera: SimulatedCamera, exchange: HttpExchange, convert: Callable[[LiveUnit], bytes]) -> None:
        self._camera = camera
        self._exchange = exchange
        self._convert = convert
        self._gate = KeyframeGate()

    def offer(self, unit: LiveUnit) -> None:
        transport = self._exchange.writer.transport
        if transport.is_closing():
            return
        if not self._gate.admits(unit, is_congested=transport.get_write_buffer_size() > SEND_BUFFER_BYTES):
            self._camera.counts.units_dropped += self._gate.has_opened
            return
        try:
            data = self._convert(unit)
        except av.FFmpegError:
            self.end()  # the container cannot hold what comes now (times that run back, another size)
            return
        self._exchange.writer.write(data)
        self._camera.counts.bytes_sent += len(data)

    def close(self, *, reset: bool) -> None:
        self._exchange.close(reset=reset)

    def end(self) -> None:
        self.close(reset=False)


class MjpegParts:
    """Pictures as parts of multipart/x-mixed-replace."""

    def __init__(self) -> None:
        self._transcoder = JpegTranscoder()

    def __call__(self, unit: LiveUnit) -> bytes:
        return b"".join(self._part(picture) for picture in self._transcoder.convert(unit))

    @staticmethod
    def _part(picture: bytes) -> bytes:
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
        return head.encode() + picture + b"\r\n"


class ProgressiveBytes:
    """A TS or MP4 file that begins with the client's first keyframe and never ends."""

    def __init__(self, *, is_mp4: bool) -> None:
        self._is_mp4 = is_mp4
        self._muxer: StreamMuxer | None = None

    def __call__(self, unit: LiveUnit) -> bytes:
        if self._muxer is None:
            self._muxer = StreamMuxer(unit.clip, is_mp4=self._is_mp4)
        return self._muxer.add(unit)


class HttpCameras:
    """Answers /cam0/mjpeg, /cam0/video.ts, /cam0/video.mp4, /cam0/live.m3u8 and /cam0/snapshot.jpg; /cam0/sub/… too."""

    def __init__(self, cameras: Mapping[str, SimulatedCamera]) -> None:
        self._cameras = cameras
        self._segmenters: dict[tuple[str, str], HlsSegmenter] = {}

    async def handle(self, exchange: HttpExchange) -> None:
        path = exchange.request.path
        camera = self._cameras.get(path[0]) if path else None
        if camera is None or camera.board.is_raised(Fault.NOT_FOUND):
            exchange.answer(HTTPStatus.NOT_FOUND)
            return
        camera.counts.http_requests += 1
        delay = camera.board.find(Fault.DELAY_ANSWERS)
        await asyncio.sleep(delay.delay_seconds if delay else 0)
        if camera.board.is_raised(Fault.REFUSE):
            exchange.close(reset=True)
        elif _is_logged_in(camera, exchange):
            await self._serve(camera, exchange, SUB if SUB in path[1:] else MAIN, path[-1])

    async def _serve(self, camera: SimulatedCamera, exchange: HttpExchange, stream: str, name: str) -> None:
        match name:
            case "mjpeg":
                await _stream(camera, exchange, stream, f"multipart/x-mixed-replace; boundary={BOUNDARY}", MjpegParts())
            case "video.ts":
                await _stream(camera, exchange, stream, "video/mp2t", ProgressiveBytes(is_mp4=False))
            case "video.mp4":
                await _stream(camera, exchange, stream, "video/mp4", ProgressiveBytes(is_mp4=True))
            case "snapshot.jpg":
                await _snapshot(camera, exchange, stream)
            case _:
                await self._segmenter(camera, stream).serve(exchange, name)

    def _segmenter(self, camera: SimulatedCamera, stream: str) -> HlsSegmenter:
        key = (camera.spec.name, stream)
        if key not in self._segmenters:
            self._segmenters[key] = HlsSegmenter()
            camera.feeds[stream].subscribers.add(self._segmenters[key])
        return self._segmenters[key]


def _is_logged_in(camera: SimulatedCamera, exchange: HttpExchange) -> bool:
    request = exchange.request
    header = request.headers.get("authorization", "")
    if camera.login is None or camera.login.accepts(header, method=request.method, nonce=NONCE):
        return True
    camera.counts.logins_refused += bool(header)
    challenge = f"WWW-Authenticate: {camera.login.challenge(NONCE)}"
    exchange.answer(HTTPStatus.UNAUTHORIZED, b"", "text/plain", challenge)
    return False


async def _stream(
    camera: SimulatedCamera,
    exchange: HttpExchange,
    stream: str,
    content_type: str,
    convert: Callable[[LiveUnit], bytes],
) -> None:
    exchange.start_stream(content_type)
    subscriber = HttpSubscriber(camera, exchange, convert)
    camera.subscribe(stream, subscriber)
    try:
        await exchange.wait_until_left()
    finally:
        camera.unsubscribe(stream, subscriber)


class _NextPicture:
    """Waits for one JPEG."""

    def __init__(self) -> None:
        self.picture: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._gate = KeyframeGate()
        self._transcoder = JpegTranscoder()

    def offer(self, unit: LiveUnit) -> None:
        if self.picture.done() or not self._gate.admits(unit, is_congested=False):
            return
        for picture in self._transcoder.convert(unit)[:1]:
            self.picture.set_result(picture)

    def close(self, *, reset: bool) -> None:
        self.picture.cancel()

    def end(self) -> None:
        self.picture.cancel()


async def _snapshot(camera: SimulatedCamera, exchange: HttpExchange, stream: str) -> None:
    waiter = _NextPicture()
    camera.feeds[stream].subscribers.add(waiter)
    try:
        exchange.answer(HTTPStatus.OK, await waiter.picture, "image/jpeg")
    finally:
        camera.feeds[stream].subscribers.discard(waiter)
