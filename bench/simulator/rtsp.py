"""The RTSP server: one connection's requests, answered for the camera that their address names."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping

from bench.simulator.camera import MAIN, SUB, SimulatedCamera
from bench.simulator.faults import Fault
from bench.simulator.rtp import SOUND_TRACK, session_description
from bench.simulator.rtp_session import DatagramTransport, InterleavedTransport, RtpSession, RtpTransport
from bench.simulator.rtsp_message import RtspRequest, TransportRequest, rtsp_request_read
from bench.simulator.sockets import connection_close
from bench.simulator.sound import Sound

METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN")


class RtspConnection:
    """One TCP connection of a client and the session it set up."""

    def __init__(
        self,
        cameras: Mapping[str, SimulatedCamera],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._cameras = cameras
        self._reader = reader
        self._writer = writer
        self._nonce = secrets.token_hex(16)
        self._camera: SimulatedCamera | None = None
        self._stream = MAIN
        self._session: RtpSession | None = None
        self._sound: Sound | None = None
        self._heard_at = 0.0
        self._is_open = True
        self._methods: dict[str, Callable[[SimulatedCamera, RtspRequest], Awaitable[bytes]]] = {
            "OPTIONS": self._options,
            "DESCRIBE": self._describe,
            "SETUP": self._setup,
            "PLAY": self._play,
            "GET_PARAMETER": self._get_parameter,
            "TEARDOWN": self._teardown,
        }

    async def serve(self) -> None:
        watch = asyncio.create_task(self._watch_timeout())
        try:
            while self._is_open:
                request = await rtsp_request_read(self._reader)
                self._hear()
                if request is None:
                    self._count_report()
                else:
                    await self._answer(request)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            pass  # the client left, or does not speak RTSP
        finally:
            watch.cancel()
            self._leave()
            self.close(reset=False)

    def close(self, reset: bool) -> None:
        self._is_open = False
        connection_close(self._writer, reset=reset)

    async def _answer(self, request: RtspRequest) -> None:
        camera = self._cameras.get(request.path[0]) if request.path else None
        if camera is None:
            self._writer.write(request.answer(404))
            return
        if self._camera is None:
            self._camera = camera
            camera.counts.rtsp_connections += 1
        delay = camera.board.find(Fault.DELAY_ANSWERS)
        await asyncio.sleep(delay.delay_seconds if delay else 0)
        if self._session is None and camera.board.is_raised(Fault.REFUSE):
            self.close(reset=True)
            return
        self._writer.write(await self._answer_from(camera, request))

    async def _answer_from(self, camera: SimulatedCamera, request: RtspRequest) -> bytes:
        if request.method not in self._methods:
            return request.answer(405, f"Allow: {', '.join(METHODS)}")
        # Clients ask for the options before they log in, and keep a session alive with it.
        if request.method != "OPTIONS":
            if self._session is None and camera.board.is_raised(Fault.NOT_FOUND):
                return request.answer(404)
            if not self._is_logged_in(camera, request):
                return self._ask_login(camera, request)
            if request.headers.get("session", self._identity).partition(";")[0] != self._identity:
                return request.answer(454)
        return await self._methods[request.method](camera, request)

    def _is_logged_in(self, camera: SimulatedCamera, request: RtspRequest) -> bool:
        # A running session outlives a changed password, as on real cameras.
        if camera.login is None or self._session is not None:
            return True
        header = request.headers.get("authorization", "")
        return camera.login.accepts(header, method=request.method, nonce=self._nonce)

    def _ask_login(self, camera: SimulatedCamera, request: RtspRequest) -> bytes:
        if "authorization" in request.headers:
            camera.counts.logins_refused += 1
        challenge = camera.login.challenge(self._nonce) if camera.login else ""
        return request.answer(401, f"WWW-Authenticate: {challenge}")

    @property
    def _identity(self) -> str:
        return self._session.identity if self._session else ""

    async def _options(self, camera: SimulatedCamera, request: RtspRequest) -> bytes:
        return request.answer(200, f"Public: {', '.join(METHODS)}")

    async def _get_parameter(self, camera: SimulatedCamera, request: RtspRequest) -> bytes:
        return request.answer(200, f"Session: {self._identity}") if self._session else request.answer(200)

    async def _describe(self, camera: SimulatedCamera, request: RtspRequest) -> bytes:
        feed = camera.feeds[_stream_of(request)]
        has_video = not camera.board.is_raised(Fault.NO_VIDEO)
        base = f"Content-Base: {request.url.rstrip('/')}/"
        body = session_description(feed.clip, has_video=has_video, has_sound=camera.spec.has_sound)
        return request.answer(200, base, "Content-Type: application/sdp", body=body)

    async def _setup(self, camera: SimulatedCamera, request: RtspRequest) -> bytes:
        is_sound = request.path[-1:] == [SOUND_TRACK] and self._session is not None
        if (self._sound if is_sound else self._session) is not None:
            return request.answer(455)
        wanted = TransportRequest.parse(request.headers.get("transport", ""))
        if not wanted.is_unicast or ("tcp" if wanted.is_tcp else "udp") not in camera.spec.transports:
            return request.answer(461)
        transport = await self._open_transport(wanted)
        if is_sound:
            self._sound = Sound(transport)
        else:
            self._stream = _stream_of(request)
            self._session = RtpSession(camera, transport, self.close)
        timeout = max(1, round(camera.spec.session_timeout_seconds))
        session = f"Session: {self._identity};timeout={timeout}"
        return request.answer(200, session, f"Transport: {transport.header}")

    async def _open_transport(self, wanted: TransportRequest) -> RtpTransport:
        if wanted.is_tcp:
            return InterleavedTransport(self._writer, wanted.first)
        host = self._writer.get_extra_info("peername")[0]
        return await DatagramTransport.open(host, wanted.first, self._count_report)

    async def _play(self, camera: SimulatedCamera, request: RtspRequest) -> bytes:
        if self._session is None:
            return request.answer(455)
        camera.subscribe(self._stream, self._session)
        if self._sound is not None:
            self._sound.play()
        information = f"RTP-Info: url={request.url.rstrip('/')}/track0;seq={self._session.next_sequence}"
        return request.answer(200, f"Session: {self._identity}", "Range: npt=0.000-", information)

    async def _teardown(self, camera: SimulatedCamera, request: RtspRequest) -> bytes:
        self._is_open = False
        return request.answer(200)

    def _hear(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()

    def _count_report(self) -> None:
        self._hear()
        if self._camera is not None:
            self._camera.counts.reports_received += 1

    def _leave(self) -> None:
        if self._camera is not None and self._session is not None:
            self._camera.unsubscribe(self._stream, self._session)
            self._session.transport.close()
        if self._sound is not None:
            self._sound.close()

    async def _watch_timeout(self) -> None:
        """End the session of a client that has said nothing for the session's timeout."""
        loop = asyncio.get_running_loop()
        self._hear()
        while True:
            timeout = self._camera.spec.session_timeout_seconds if self._camera else 60.0
            remaining = self._heard_at + timeout - loop.time()
            if remaining <= 0:
                break
            # The camera, and so its timeout, is known only after the first request.
            await asyncio.sleep(min(remaining, 1.0) if self._camera is None else remaining)
        if self._camera is not None:
            self._camera.counts.sessions_expired += 1
        self.close(reset=False)


def _stream_of(request: RtspRequest) -> str:
    return SUB if SUB in request.path[1:] else MAIN


class RtspServer:
    """Listens on a loopback port for every camera."""

    def __init__(self, cameras: Mapping[str, SimulatedCamera]) -> None:
        self._cameras = cameras
        self._connections: dict[asyncio.Task[None], RtspConnection] = {}

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = RtspConnection(self._cameras, reader, writer)
        task = asyncio.current_task()
        if task is not None:
            self._connections[task] = connection
            task.add_done_callback(self._connections.pop)
        with contextlib.suppress(asyncio.CancelledError):
            await connection.serve()

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        return list(self._connections)

    def close(self) -> None:
        for connection in list(self._connections.values()):
            connection.close(reset=True)
