"""Ports that are chosen before their server starts."""

from __future__ import annotations

import socket
import sys

import pytest

from tests.ports import free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the port is only free when it is chosen")


def test_a_port_that_was_chosen_is_taken_by_its_server_and_by_nobody_before() -> None:
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))

    with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
        pass


def test_on_a_port_whose_server_has_not_started_nobody_answers() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port()))
