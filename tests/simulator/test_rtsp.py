"""What an RTSP client gets from a healthy camera."""

from __future__ import annotations

import socket

import av
import pytest

from bench.simulator import SimulatorThread
from tests.simulator.player import PICTURES_PER_LAP, PICTURES_PER_SECOND, camera_open, camera_play

pytestmark = pytest.mark.slow

TRANSPORTS = pytest.mark.parametrize("transport", ["tcp", "udp"])


class Connection:
    """RTSP by hand, for what FFmpeg never asks."""

    def __init__(self, simulator: SimulatorThread) -> None:
        self._url = simulator.rtsp_url("")
        self._socket = socket.create_connection(("127.0.0.1", simulator.simulator.ports.rtsp), timeout=30)

    def ask(self, method: str, path: str, *headers: str) -> str:
        lines = [f"{method} {self._url}{path} RTSP/1.0", "CSeq: 7", *headers]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return self._socket.recv(4096).decode("latin-1")

    def read_to_the_end(self) -> int:
        size = 0
        while data := self._socket.recv(65536):
            size += len(data)
        return size

    def close(self) -> None:
        self._socket.close()


@TRANSPORTS
def test_pictures_come_in_order_from_a_keyframe_on(simulator: SimulatorThread, transport: str) -> None:
    with camera_open(simulator.rtsp_url("gate"), transport) as container:
        seen = camera_play(container, 12)
    times = [time for time in seen.times if time is not None]
    assert seen.damaged == 0
    assert len(seen.widths) == 12
    assert times == sorted(times)


def test_the_clock_runs_on_when_the_file_begins_again(simulator: SimulatorThread) -> None:
    with camera_open(simulator.rtsp_url("gate")) as container:
        seen = camera_play(container, PICTURES_PER_LAP + 5)
    assert len(seen.widths) == PICTURES_PER_LAP + 5
    assert set(seen.steps) == {1}


@TRANSPORTS
def test_a_hevc_file_is_served_as_hevc(simulator: SimulatorThread, transport: str) -> None:
    with camera_open(simulator.rtsp_url("hevc"), transport) as container:
        assert container.streams.video[0].codec_context.name == "hevc"
        assert camera_play(container, 5).widths == [320] * 5


def test_the_sub_stream_is_another_file(simulator: SimulatorThread) -> None:
    with camera_open(simulator.rtsp_url("gate/sub")) as container:
        assert camera_play(container, 1).widths == [640]


@TRANSPORTS
@pytest.mark.parametrize("camera", ["basic", "digest"])
def test_the_right_password_plays(simulator: SimulatorThread, camera: str, transport: str) -> None:
    with camera_open(simulator.rtsp_url(camera, credentials="guard:secret"), transport) as container:
        assert camera_play(container, 1).widths == [384]


@pytest.mark.parametrize("camera", ["basic", "digest"])
def test_a_wrong_password_is_refused_and_counted(simulator: SimulatorThread, camera: str) -> None:
    with pytest.raises(av.HTTPUnauthorizedError):
        camera_open(simulator.rtsp_url(camera, credentials="guard:wrong"))
    assert simulator.camera(camera).counts.logins_refused > 0


def test_no_password_is_refused(simulator: SimulatorThread) -> None:
    with pytest.raises(av.HTTPUnauthorizedError):
        camera_open(simulator.rtsp_url("digest"))


def test_an_unknown_camera_is_not_found(simulator: SimulatorThread) -> None:
    with pytest.raises(av.HTTPNotFoundError):
        camera_open(simulator.rtsp_url("nowhere"))


def test_a_transport_that_the_camera_lacks_is_answered_with_461(simulator: SimulatorThread) -> None:
    connection = Connection(simulator)
    wanted = "Transport: RTP/AVP;unicast;client_port=5000-5001"
    assert connection.ask("SETUP", "tcp-only/track0", wanted).startswith("RTSP/1.0 461 ")
    connection.close()


def test_a_client_may_fall_back_to_tcp_after_461(simulator: SimulatorThread) -> None:
    with camera_open(simulator.rtsp_url("tcp-only"), "udp+tcp") as container:
        assert camera_play(container, 1).widths == [384]


def test_requests_are_answered_in_the_order_of_the_protocol(simulator: SimulatorThread) -> None:
    connection = Connection(simulator)
    assert "GET_PARAMETER" in connection.ask("OPTIONS", "gate")
    assert connection.ask("PLAY", "gate").startswith("RTSP/1.0 455 ")
    assert connection.ask("RECORD", "gate").startswith("RTSP/1.0 405 ")
    assert connection.ask("GET_PARAMETER", "gate", "Session: other").startswith("RTSP/1.0 454 ")
    assert "CSeq: 7" in connection.ask("TEARDOWN", "gate")
    assert connection.read_to_the_end() == 0


def test_a_session_that_is_silent_for_its_timeout_ends(simulator: SimulatorThread) -> None:
    connection = Connection(simulator)
    answer = connection.ask("SETUP", "hasty/track0", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
    session = next(line for line in answer.splitlines() if line.startswith("Session: "))
    assert session.endswith(";timeout=3")
    connection.ask("PLAY", "hasty", session.partition(";")[0])
    assert connection.read_to_the_end() > 0
    assert simulator.camera("hasty").counts.sessions_expired == 1


def test_a_player_keeps_its_session_alive(simulator: SimulatorThread) -> None:
    pictures = 4 * PICTURES_PER_SECOND
    with camera_open(simulator.rtsp_url("hasty")) as container:
        assert len(camera_play(container, pictures).widths) == pictures
    assert simulator.camera("hasty").counts.sessions_expired == 0


def test_connections_and_clients_are_counted(simulator: SimulatorThread) -> None:
    url = simulator.rtsp_url("gate")
    with camera_open(url) as first, camera_open(url) as second:
        camera_play(first, 2)
        camera_play(second, 2)
        counts = simulator.camera("gate").counts
        assert (counts.rtsp_connections, counts.clients, counts.clients_peak) == (2, 2, 2)
        assert counts.rtp_packets > 0
    assert simulator.camera("basic").counts.rtsp_connections == 0


def test_a_client_that_does_not_read_holds_up_nobody(simulator: SimulatorThread) -> None:
    lazy = Connection(simulator)
    session = lazy.ask("SETUP", "gate/sub/track0", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1").split("Session: ")
    lazy.ask("PLAY", "gate/sub", f"Session: {session[1].partition(';')[0]}")
    with camera_open(simulator.rtsp_url("gate/sub")) as container:
        assert camera_play(container, 10).damaged == 0
    lazy.close()
