"""Posting to addresses that people wrote."""

from __future__ import annotations

import gzip
import ssl
import time
from pathlib import Path

import pytest

from tests.outbound.certificates import certificate
from tests.outbound.forbidden import HOSTS, NAMES, Connections, Names
from tests.outbound.receiver import answer, running_receiver, slam
from vms.outbound import http
from vms.outbound.errors import ForbiddenTargetError, OutboundError, TooSlowError
from vms.outbound.http import HttpAnswer, http_post
from vms.outbound.networks import Guard

HERE = Guard(("127.0.0.1/32",))


def post(url: str, *, guard: Guard = HERE, seconds: float = 60) -> HttpAnswer:
    return http_post(url, body=b"{}", headers={"Content-Type": "application/json"}, guard=guard, seconds=seconds)


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_connects_to_a_forbidden_host(host: str, connections: Connections) -> None:
    for url in (f"http://{host}/", f"https://{host}:8443/x", f"http://user@{host}/", f"http://8.8.8.8@{host}/"):
        with pytest.raises(OutboundError):
            post(url, guard=Guard())
    assert connections.wanted == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_connects_to_a_name_for_a_forbidden_host(name: str, connections: Connections, names: Names) -> None:
    names.know(name, NAMES[name])
    with pytest.raises(ForbiddenTargetError):
        post(f"https://{name}/hook", guard=Guard())
    assert connections.wanted == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "http:///path",
        "//example.com/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://exa mple.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com/\r\nHost: evil",
        "http://[::1",
        "https://user:secret@example.com/",
        "http://" + "a" * 3000,
    ],
)
def test_an_address_that_is_none_is_refused(url: str, connections: Connections) -> None:
    with pytest.raises(ForbiddenTargetError) as refusal:
        post(url, guard=Guard())
    assert connections.wanted == []
    assert "secret" not in str(refusal.value)


def test_a_name_is_looked_up_once_and_that_answer_is_used(connections: Connections, names: Names) -> None:
    names.know("turning.example", ["127.0.0.1"], ["127.0.0.2"])
    with running_receiver() as receiver, running_receiver("127.0.0.2") as trap:
        for _ in range(2):
            try:
                post(f"http://turning.example:{receiver.port}/")
            except ForbiddenTargetError:
                continue
    assert [address for address in connections.wanted if "127.0.0.2" in str(address)] == []
    assert names.asked == ["turning.example"] * 2
    assert (len(receiver.received), trap.received) == (1, [])
    assert receiver.received[0].headers["Host"] == f"turning.example:{receiver.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    with running_receiver() as receiver, running_receiver("127.0.0.2") as trap:
        receiver.always = answer(status, Location=trap.url)
        assert post(receiver.url).status == status
    assert trap.received == []


@pytest.mark.parametrize("behaviour", ["drip", "hang"])
def test_the_whole_exchange_has_one_deadline(behaviour: str) -> None:
    with running_receiver() as receiver:
        receiver.always = receiver.drip if behaviour == "drip" else receiver.hang
        with pytest.raises(TooSlowError, match=r"within 0\.5 s"):
            post(receiver.url, seconds=0.5)


def test_a_name_server_that_hangs_has_the_same_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(1))
    with pytest.raises(TooSlowError):
        post("https://slow.example/", seconds=0.2)


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://127.0.0.1:1/", "connection refused"), ("http://no.such.name.invalid/", "is not known")],
)
def test_who_does_not_answer_is_named(url: str, words: str) -> None:
    with pytest.raises(OutboundError, match=words):
        post(url)


def test_an_error_shows_nothing_of_the_path() -> None:
    with running_receiver() as receiver:
        receiver.always = slam
        with pytest.raises(OutboundError) as failure:
            post(receiver.url + "/very-secret")
    assert "very-secret" not in str(failure.value)
    assert failure.value.__suppress_context__


def test_only_the_beginning_of_a_long_answer_is_read_and_nothing_is_unpacked() -> None:
    with running_receiver() as receiver:
        receiver.always = answer(200, b"x" * 10_000_000)
        assert len(post(receiver.url).text) == http.MOST_ANSWER_BYTES
        packed = gzip.compress(b"y" * 1_000_000)
        receiver.always = answer(200, packed, Content_Encoding="gzip")
        assert "yyyy" not in post(receiver.url).text


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_receiver() as receiver, running_receiver("127.0.0.2") as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.2:{proxy.port}")
        assert post(receiver.url).status == 200
    assert proxy.received == []


def test_the_certificate_is_checked_against_the_name_and_not_the_address(
    names: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificate(tmp_path, "hooks.example")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*files)
    monkeypatch.setattr(http, "tls_context", lambda: ssl.create_default_context(cafile=str(files[0])))
    names.know("hooks.example", ["127.0.0.1"])
    names.know("other.example", ["127.0.0.1"])
    with running_receiver(tls=server) as receiver:
        assert post(f"https://hooks.example:{receiver.port}/").status == 200
        with pytest.raises(OutboundError, match="certificate"):
            post(f"https://other.example:{receiver.port}/")
