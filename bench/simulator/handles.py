"""The simulator for code without an event loop: in a thread of this process, or in a process of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.simulator.camera import CameraSpec, Counts, SimulatedCamera
from bench.simulator.faults import FaultCommand, FaultyCamera
from bench.simulator.simulator import Ports, Simulator
from bench.simulator.sockets import HOST

REPOSITORY = Path(__file__).resolve().parents[2]
ANSWER_SECONDS = 60.0


class ThreadedCamera(FaultyCamera):
    """A camera of a SimulatorThread; every call returns when the event loop has done it."""

    def __init__(self, camera: SimulatedCamera, loop: asyncio.AbstractEventLoop) -> None:
        self._camera = camera
        self._loop = loop

    @property
    def counts(self) -> Counts:
        return self._camera.counts

    def apply(self, command: FaultCommand) -> None:
        self._run(lambda: self._camera.apply(command))

    def heal(self) -> None:
        self._run(self._camera.heal)

    def _run(self, action: Callable[[], None]) -> None:
        asyncio.run_coroutine_threadsafe(_called(action), self._loop).result(ANSWER_SECONDS)


async def _called(action: Callable[[], None]) -> None:
    action()


class SimulatorThread:
    """``with SimulatorThread(specs) as simulator`` runs a Simulator beside the caller."""

    def __init__(self, specs: Sequence[CameraSpec], ports: Ports | None = None) -> None:
        self.simulator = Simulator(specs, ports)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulator", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.simulator.__aenter__(), self._loop).result(ANSWER_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leaving = self.simulator.__aexit__(None, None, None)
        asyncio.run_coroutine_threadsafe(leaving, self._loop).result(ANSWER_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ANSWER_SECONDS)
        self._loop.close()

    @property
    def ports(self) -> Ports:
        return self.simulator.ports

    def camera(self, name: str) -> ThreadedCamera:
        return ThreadedCamera(self.simulator.camera(name), self._loop)

    def rtsp_url(self, name: str, *, credentials: str = "") -> str:
        return self.simulator.rtsp_url(name, credentials=credentials)

    def http_url(self, path: str, *, credentials: str = "") -> str:
        return self.simulator.http_url(path, credentials=credentials)

    def open_listeners(self) -> None:
        asyncio.run_coroutine_threadsafe(self.simulator.open_listeners(), self._loop).result(ANSWER_SECONDS)

    def close_listeners(self) -> None:
        closing = _called(self.simulator.close_listeners)
        asyncio.run_coroutine_threadsafe(closing, self._loop).result(ANSWER_SECONDS)


class RemoteCamera(FaultyCamera):
    """A camera behind a control port."""

    def __init__(self, name: str, control_port: int) -> None:
        self._url = f"http://{HOST}:{control_port}/cameras/{name}"

    @property
    def counts(self) -> Counts:
        with urllib.request.urlopen(self._url, timeout=ANSWER_SECONDS) as answer:
            return Counts(**json.load(answer)["counts"])

    def apply(self, command: FaultCommand) -> None:
        self._send("POST", command.model_dump_json().encode())

    def heal(self) -> None:
        self._send("DELETE", None)

    def _send(self, method: str, body: bytes | None) -> None:
        request = urllib.request.Request(f"{self._url}/faults", data=body, method=method)
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS):
            pass


class SimulatorProcess:
    """``with SimulatorProcess("--cameras", "60", "clip.mp4") as simulator`` runs the command line in a process."""

    def __init__(self, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "bench.simulator", *arguments]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"the simulator ended with code {self._process.wait()}")
        self.ports = Ports(**json.loads(line))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(ANSWER_SECONDS)
        if self._process.stdout:
            self._process.stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def camera(self, name: str) -> RemoteCamera:
        return RemoteCamera(name, self.ports.control)

    def rtsp_url(self, name: str, *, credentials: str = "") -> str:
        return self.ports.rtsp_url(name, credentials=credentials)

    def http_url(self, path: str, *, credentials: str = "") -> str:
        return self.ports.http_url(path, credentials=credentials)
