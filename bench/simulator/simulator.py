"""The simulator in an event loop: its cameras and the ports they are reached at."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from bench.simulator.camera import CameraSpec, SimulatedCamera
from bench.simulator.control import ControlPort
from bench.simulator.http_server import HttpServer
from bench.simulator.http_streams import HttpCameras
from bench.simulator.rtsp import RtspServer
from bench.simulator.sockets import HOST, port_keep
from bench.simulator.tls import tls_context

Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Ports:
    """0 lets the system choose."""

    rtsp: int = 0
    http: int = 0
    control: int = 0
    rtsps: int = 0
    https: int = 0

    def rtsp_url(self, name: str, *, credentials: str = "", is_secure: bool = False) -> str:
        """``name`` may end in "/sub"; ``credentials`` is "user:password"; secure: over TLS, as rtsps."""
        scheme, port = ("rtsps", self.rtsps) if is_secure else ("rtsp", self.rtsp)
        return f"{scheme}://{_prefix(credentials)}{HOST}:{port}/{name}"

    def http_url(self, path: str, *, credentials: str = "", is_secure: bool = False) -> str:
        """``path`` is, for example, "cam0/mjpeg" or "cam0/sub/live.m3u8"; secure: over TLS, as https."""
        scheme, port = ("https", self.https) if is_secure else ("http", self.http)
        return f"{scheme}://{_prefix(credentials)}{HOST}:{port}/{path}"


def _prefix(credentials: str) -> str:
    return f"{credentials}@" if credentials else ""


class Simulator:
    """``async with Simulator(specs) as simulator`` serves the cameras on loopback until the block ends."""

    def __init__(self, specs: Sequence[CameraSpec], ports: Ports | None = None) -> None:
        self.cameras = {spec.name: SimulatedCamera(spec) for spec in specs}
        self.ports = ports or Ports()
        self._rtsp = RtspServer(self.cameras)
        self._http = HttpServer(HttpCameras(self.cameras).handle)
        self._control = HttpServer(ControlPort(self).handle)
        tls = tls_context()
        self._doors: dict[str, tuple[Accept, ssl.SSLContext | None]] = {
            "rtsp": (self._rtsp.accept, None),
            "http": (self._http.accept, None),
            "rtsps": (self._rtsp.accept, tls),
            "https": (self._http.accept, tls),
        }
        self._listeners: dict[str, asyncio.Server] = {}
        self._feeds: list[asyncio.Task[None]] = []
        self._kept: list[socket.socket] = []

    async def __aenter__(self) -> Self:
        self._listeners["control"] = await asyncio.start_server(self._control.accept, HOST, self.ports.control)
        self.ports = replace(self.ports, control=_port(self._listeners["control"]))
        await self.open_listeners()
        for camera in self.cameras.values():
            self._feeds += [asyncio.create_task(feed.run()) for feed in camera.running_feeds]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listener in self._listeners.values():
            listener.close()
        self._give_back()
        for server in (self._rtsp, self._http, self._control):
            server.close()
        tasks = [*self._feeds, *self._rtsp.tasks, *self._http.tasks, *self._control.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def open_listeners(self) -> None:
        """Accept connections to the cameras, at the same ports as before."""
        for name, (accept, tls) in self._doors.items():
            wanted = getattr(self.ports, name)
            self._listeners[name] = await asyncio.start_server(accept, HOST, wanted, ssl=tls)
        self.ports = replace(self.ports, **{name: _port(self._listeners[name]) for name in self._doors})
        self._give_back()

    def _give_back(self) -> None:
        while self._kept:
            self._kept.pop().close()

    def close_listeners(self) -> None:
        """New connections to every camera are refused by the system; running ones stay, and so do the ports."""
        for name in self._doors:
            self._listeners[name].close()
            self._kept.append(port_keep(getattr(self.ports, name)))

    def camera(self, name: str) -> SimulatedCamera:
        return self.cameras[name]

    def rtsp_url(self, name: str, *, credentials: str = "") -> str:
        return self.ports.rtsp_url(name, credentials=credentials)

    def http_url(self, path: str, *, credentials: str = "") -> str:
        return self.ports.http_url(path, credentials=credentials)


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])
