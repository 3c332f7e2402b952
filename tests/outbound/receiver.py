"""A real HTTP receiver that keeps what it gets and answers, drips or hangs as it is told."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    path: str
    headers: Message
    body: bytes


Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """``behaviours`` serve the next requests, one each; after them every request is answered with 200."""

    behaviours: list[Behaviour] = field(default_factory=list)
    always: Behaviour | None = None
    received: list[Received] = field(default_factory=list)
    port: int = 0
    host: str = "127.0.0.1"
    scheme: str = "http"
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/hook"

    def behaviour(self) -> Behaviour:
        if self.behaviours:
            return self.behaviours.pop(0)
        return self.always or answer(200)

    def hang(self, request: BaseHTTPRequestHandler) -> None:
        """Says nothing until the test is over."""
        self.released.wait(60)

    def drip(self, request: BaseHTTPRequestHandler) -> None:
        """A byte of the head now and then: no single read takes long."""
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        with suppress(OSError):
            while not self.released.wait(0.05):
                request.wfile.write(b"a")


def answer(status: int, body: bytes = b"ok", **headers: str) -> Behaviour:
    def behave(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return behave


def slam(request: BaseHTTPRequestHandler) -> None:
    request.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def running_receiver(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver(host=host)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.received.append(Received(self.path, self.headers, body))
            receiver.behaviour()(self)

        do_GET = do_PUT = do_POST  # noqa: N815  http.server's names

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def handle_error(self, *_: object) -> None:
            pass

    server = Server((host, 0), Handler)
    receiver.port = server.server_address[1]
    if tls is not None:
        receiver.scheme = "https"
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
