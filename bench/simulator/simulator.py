"""The simulator in an event loop: its cameras and the ports they are reached at."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bench.simulator.camera import CameraSpec, SimulatedCamera
from bench.simulator.control import ControlPort
from bench.simulator.http_server import HttpServer
from bench.simulator.http_streams import HttpCameras
from bench.simulator.rtsp import RtspServer
from bench.simulator.sockets import HOST


@dataclass(frozen=True)
class Ports:
    """0 lets the system choose."""

    rtsp: int = 0
    http: int = 0
    control: int = 0


class Simulator:
    """``async with Simulator(specs) as simulator`` serves the cameras on loopback until the block ends."""

    def __init__(self, specs: Sequence[CameraSpec], ports: Ports | None = None) -> None:
        self.cameras = {spec.name: SimulatedCamera(spec) for spec in specs}
        self.ports = ports or Ports()
        self._rtsp = RtspServer(self.cameras)
        self._http = HttpServer(HttpCameras(self.cameras).handle)
        self._control = HttpServer(ControlPort(self).handle)
        self._listeners: dict[str, asyncio.Server] = {}
        self._feeds: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._listeners["control"] = await asyncio.start_server(self._control.accept, HOST, self.ports.control)
        self.ports = Ports(self.ports.rtsp, self.ports.http, _port(self._listeners["control"]))
        await self.open_listeners()
        for camera in self.cameras.values():
            self._feeds += [asyncio.create_task(feed.run()) for feed in camera.running_feeds]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listener in self._listeners.values():
            listener.close()
        for server in (self._rtsp, self._http, self._control):
            server.close()
        tasks = [*self._feeds, *self._rtsp.tasks, *self._http.tasks, *self._control.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def open_listeners(self) -> None:
        """Accept connections to the cameras, at the same ports as before."""
        self._listeners["rtsp"] = await asyncio.start_server(self._rtsp.accept, HOST, self.ports.rtsp)
        self._listeners["http"] = await asyncio.start_server(self._http.accept, HOST, self.ports.http)
        self.ports = Ports(_port(self._listeners["rtsp"]), _port(self._listeners["http"]), self.ports.control)

    def close_listeners(self) -> None:
        """New connections to every camera are refused by the system; running ones stay."""
        self._listeners["rtsp"].close()
        self._listeners["http"].close()

    def camera(self, name: str) -> SimulatedCamera:
        return self.cameras[name]

    def rtsp_url(self, name: str, *, credentials: str = "") -> str:
        """``name`` may end in "/sub"; ``credentials`` is "user:password"."""
        return f"rtsp://{_prefix(credentials)}{HOST}:{self.ports.rtsp}/{name}"

    def http_url(self, path: str, *, credentials: str = "") -> str:
        """``path`` is, for example, "cam0/mjpeg" or "cam0/sub/live.m3u8"."""
        return f"http://{_prefix(credentials)}{HOST}:{self.ports.http}/{path}"


def _prefix(credentials: str) -> str:
    return f"{credentials}@" if credentials else ""


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])
