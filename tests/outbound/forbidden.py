"""Hosts to which nothing may be sent, in every way to write them, and names that stand for them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

HOSTS = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[fc00::1]",
    "[ff02::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[2001:db8::1]",
    "2130706433",
    "127.1",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "017700000001",
    "127.0.0.1.",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "⓪.⓪.⓪.⓪",
    "127。0。0。1",
]
NAMES = {
    "loopback.example": ["127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "private.example": ["10.0.0.7"],
    "mapped.example": ["::ffff:10.0.0.7"],
    "scoped.example": ["fe80::1%lo"],
    "half.example": ["8.8.8.8", "192.168.0.1"],
}

Resolver = Callable[..., list[tuple[Any, ...]]]
system_resolver: Resolver = socket.getaddrinfo


class Connections:
    """Every address that a socket of this process was asked to connect to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wanted: list[object] = []
        connect = socket.socket.connect

        def noted(connection: socket.socket, address: Any) -> None:
            if connection.family in {socket.AF_INET, socket.AF_INET6}:
                self.wanted.append(address)
            connect(connection, address)

        monkeypatch.setattr(socket.socket, "connect", noted)


class Names:
    """A resolver that knows some names; each look-up of one takes the next of its answers, the last one for good."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        monkeypatch.setattr(socket, "getaddrinfo", self._resolve)

    def know(self, name: str, *answers: list[str]) -> None:
        self.answers[name] = list(answers)

    def _resolve(self, host: str, port: int, *args: Any, **more: Any) -> list[tuple[Any, ...]]:
        if host not in self.answers:
            return system_resolver(host, port, *args, **more)
        self.asked.append(host)
        answers = self.answers[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (socket.AF_INET6 if ":" in text else socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))
            for text in found
        ]
