"""A small proxy of this process's own, through which FFmpeg opens an RTSP camera, and nothing but cameras.

FFmpeg follows a redirect wherever it leads, and nobody can stop it. Here each answer is read first: a camera may send
its visitors on to where cameras may be, and nowhere else. Once a stream is open FFmpeg follows nothing any more: its
socket then becomes the one to the camera (``step_out``), and a running stream costs nothing here. What comes over TLS
stays, since it is read here.
"""

from __future__ import annotations

import array
import fcntl
import os
import select
import socket
import ssl
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from workers.runtime.contract import ForbiddenHostError, UnknownHostError, host_pin
from workers.runtime.gates import CONNECT_SECONDS, PIECE_BYTES, Gate, listener_close
from workers.runtime.rtsp_answers import Answers, NoRtspError

DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322}
DESCRIPTORS = Path("/proc/self/fd")


class Target(NamedTuple):
    host: str
    port: int
    is_secure: bool

    @classmethod
    def of(cls, url: str) -> Self:
        """Raises ValueError for what is no address of an RTSP camera."""
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError("no address of a camera")
        return cls(parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme], parts.scheme == "rtsps")


class RtspGate(Gate):
    """``with RtspGate(networks, target)`` serves ``port``."""

    def __init__(self, networks: Sequence[str], target: Target) -> None:
        super().__init__(networks)
        self._target = target
        self._lock = threading.Lock()
        """Held while something is passed on."""
        self._client: socket.socket | None = None
        self._camera: socket.socket | None = None
        self._answers: Answers | None = None
        self._is_open = False
        self._stepped_out = False
        self._ffmpegs: int | None = None
        """FFmpeg's descriptor, once it was looked for: among a busy host's that takes milliseconds."""

    def opened(self) -> None:
        """The stream is open: nobody else is let in, and answers lead nowhere any more."""
        listener_close(self._listener)
        self._is_open = True

    def step_out(self) -> bool:
        """Let FFmpeg's socket be the one to the camera; False: not now, ask again after the next packet.

        For the thread that reads, between two reads: FFmpeg neither uses nor closes its socket meanwhile.
        """
        if sys.platform != "linux" or self._client is None or isinstance(self._camera, ssl.SSLSocket):
            return True
        if not self._lock.acquire(blocking=False):
            return False
        try:
            return self._stepped_out or self._swapped(self._client)
        except OSError:
            return True  # one of the two has hung up: whoever reads will notice
        finally:
            self._lock.release()

    def _swapped(self, client: socket.socket) -> bool:
        is_held = self._answers is not None and bool(self._answers.unread)
        if is_held or _bytes_in(client.fileno()):
            return False
        self._ffmpegs = number = _other_end(client, self._ffmpegs)
        if number is None or self._camera is None:
            return True
        if _bytes_in(number):
            return False
        self._camera.settimeout(0)  # as FFmpeg's own
        os.dup2(self._camera.fileno(), number, inheritable=False)
        self._stepped_out = True
        return True

    # --- passing on --------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        """One visitor after the other: FFmpeg comes again where it is sent on."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        try:
            pin = host_pin(self._target.host, self._networks, self._target.port)
            reached = socket.create_connection((pin, self._target.port), CONNECT_SECONDS)
            self.has_connected = True
            with _wrapped(reached) if self._target.is_secure else reached as camera:
                camera.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                camera.settimeout(None)
                self._client, self._camera, self._answers = client, camera, Answers(pin, self._sent_on)
                self._pass_on(client, camera)
        except (OSError, ValueError, NoRtspError, ForbiddenHostError, UnknownHostError) as error:
            self.forbidden |= isinstance(error, ForbiddenHostError)
            self.failure = error

    def _sent_on(self, url: str) -> str:
        """Where FFmpeg is to go instead of where a camera sends it."""
        self._target = target = Target.of(url)
        host_pin(target.host, self._networks, target.port)
        parts = urlsplit(url)
        return parts._replace(scheme="rtsp", netloc=f"127.0.0.1:{self.port}").geturl()

    def _pass_on(self, client: socket.socket, camera: socket.socket) -> None:
        ready = select.poll()
        ready.register(client, select.POLLIN)
        ready.register(camera, select.POLLIN)
        while True:
            numbers = {number for number, _ in ready.poll()}
            with self._lock:
                if self._stepped_out or not self._pass(client, camera, numbers):
                    return

    def _pass(self, client: socket.socket, camera: socket.socket, numbers: set[int]) -> bool:
        """What has come from either; False: one of them is done.

        Raises:
            OSError: the camera hung up. That FFmpeg did is no failure.
        """
        if client.fileno() in numbers:
            if not (asked := _received(client)):
                return False
            camera.sendall(asked)
        if camera.fileno() in numbers:
            if not (answered := _read(camera)):
                return False
            return _sent(client, self._passable(answered))
        return True

    def _passable(self, answered: bytes) -> bytes:
        if self._answers is None:
            return answered
        if not self._is_open:
            return self._answers.read(answered)
        held, self._answers = self._answers.unread, None
        return held + answered


def _wrapped(camera: socket.socket) -> ssl.SSLSocket:
    """Cameras have certificates of their own, and old ciphers: as with FFmpeg's defaults nobody is known by it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    try:
        return context.wrap_socket(camera)
    except BaseException:
        camera.close()
        raise


def _received(client: socket.socket) -> bytes:
    try:
        return client.recv(PIECE_BYTES)
    except OSError:
        return b""


def _sent(client: socket.socket, data: bytes) -> bool:
    try:
        client.sendall(data)
    except OSError:
        return False
    return True


def _read(camera: socket.socket) -> bytes:
    data = camera.recv(PIECE_BYTES)
    while isinstance(camera, ssl.SSLSocket) and camera.pending():
        data += camera.recv(PIECE_BYTES)  # of this no poll tells
    return data


def _other_end(client: socket.socket, known: int | None) -> int | None:
    """FFmpeg's descriptor of the connection whose end here is ``client``; ``known``: which one it was before."""
    ends = client.getpeername(), client.getsockname()
    if known is not None and _ends(known) == ends:
        return known
    return next((number for number in _own_sockets() if _ends(number) == ends), None)


def _own_sockets() -> Iterator[int]:
    for descriptor in DESCRIPTORS.iterdir():
        try:
            if str(descriptor.readlink()).startswith("socket:"):
                yield int(descriptor.name)
        except OSError:
            continue  # closed meanwhile


def _ends(number: int) -> tuple[object, object] | None:
    """Of a connection over IPv4: where it is here, and where there."""
    try:
        with socket.socket(fileno=os.dup(number)) as copy:
            return (copy.getsockname(), copy.getpeername()) if copy.family == socket.AF_INET else None
    except OSError:
        return None  # closed meanwhile, or not connected


def _bytes_in(descriptor: int) -> int:
    """That came there and are not read yet, or were sent there and have not arrived."""
    amount = array.array("i", [0])
    total = 0
    for question in (termios.FIONREAD, termios.TIOCOUTQ):
        fcntl.ioctl(descriptor, question, amount)
        total += amount[0]
    return total
