"""A small MQTT 3.1.1 broker that keeps what is published, lets in whom it should, and misbehaves when told."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

CONNECT, CONNACK, PUBLISH, PUBACK, DISCONNECT = 1, 2, 3, 4, 14
Mood = Literal["kind", "silent", "no_puback", "drip"]


@dataclass
class Published:
    topic: str
    payload: bytes
    qos: int
    retain: bool


@dataclass
class Broker:
    login: tuple[str, str] | None = None
    mood: Mood = "kind"
    published: list[Published] = field(default_factory=list)
    connections: int = 0
    host: str = "127.0.0.1"
    port: int = 0
    scheme: str = "mqtt"
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


class Conversation(socketserver.StreamRequestHandler):
    broker: Broker

    def handle(self) -> None:
        self.broker.connections += 1
        with suppress(OSError, EOFError):
            while self._packet():
                pass

    def _packet(self) -> bool:
        head = self._read(1)[0]
        body = self._read(self._length())
        kind = head >> 4
        if self.broker.mood == "silent":
            self.broker.released.wait(60)
        if kind == CONNECT:
            self._let_in(body)
        elif kind == PUBLISH:
            self._take(head, body)
        return kind != DISCONNECT

    def _let_in(self, body: bytes) -> None:
        if self.broker.mood == "drip":
            self.wfile.write(bytes([CONNACK << 4]))
            self.broker.released.wait(60)
        right = self.broker.login is None or self._login(body) == self.broker.login
        self.wfile.write(bytes([CONNACK << 4, 2, 0, 0 if right else 5]))

    def _login(self, body: bytes) -> tuple[str, str]:
        fields, rest = [], body[10:]
        while rest:
            size = int.from_bytes(rest[:2])
            fields.append(rest[2 : 2 + size].decode())
            rest = rest[2 + size :]
        return fields[1], fields[2]

    def _take(self, head: int, body: bytes) -> None:
        size = int.from_bytes(body[:2])
        topic, identity, payload = body[2 : 2 + size], body[2 + size : 4 + size], body[4 + size :]
        if self.broker.mood == "no_puback":
            self.broker.released.wait(60)
        self.broker.published.append(Published(topic.decode(), payload, head >> 1 & 3, bool(head & 1)))
        self.wfile.write(bytes([PUBACK << 4, 2]) + identity)

    def _length(self) -> int:
        length = shift = 0
        while True:
            byte = self._read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return length

    def _read(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise EOFError
        return data


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def running_broker(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Broker]:
    broker = Broker(host=host)
    server = Server((host, 0), type("BrokerConversation", (Conversation,), {"broker": broker}))
    broker.port = server.server_address[1]
    if tls is not None:
        broker.scheme = "mqtts"
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield broker
    finally:
        broker.released.set()
        server.shutdown()
        server.server_close()
