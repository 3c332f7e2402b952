"""Addresses of streams: what may be stored, and what may be shown of them."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest

from cameras.addresses import address_bare, address_require, address_with_login, address_words, source_kind_of
from vms.errors import InvalidError


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://10.0.0.5/stream2",
        "rtsps://gate.example.org:8322/a?b=c",
        "rtsp://guard:p%40ss@gate-1/live",
        "rtsp://guard:p@ss@10.0.0.5/live",
        "rtsp://[fd00::5]:554/live",
        "rtsp://cam_1.local./x",
    ],
)
def test_usual_addresses_are_taken(url: str) -> None:
    address_require("rtsp", url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rtsp://",
        "rtsp:///x",
        "http://10.0.0.5/x",
        "file:///etc/passwd",
        "concat:rtsp://10.0.0.5|/etc/passwd",
        "rtsp://10.0.0.5:0/x",
        "rtsp://10.0.0.5:99999/x",
        "rtsp://2130706433/x",
        "rtsp://0x7f000001/x",
        "rtsp://0177.0.0.1/x",
        "rtsp://127.1/x",
        "rtsp://10.0.0.5.0x1/x",
        "rtsp://[fe80::1%25eth0]/x",
        "rtsp://[::1/x",
        "rtsp://10.0.0.5\n.evil/x",
        "rtsp://10.0.0.5\t/x",
        "rtsp://10.0.0.5/a b",
        "rtsp://evil\\@10.0.0.5/x",
        "rtsp://ⓛocalhost/x",
        "rtsp://10.0.0.5\x00/x",
        "rtsp://10.0.0.5%00/x",
        "rtsp://-gate/x",
        "rtsp://gate..local/x",
        "rtsp://10.0.0.5/" + "a" * 2_000,
        "rtsp://" + "a." * 130 + "b/x",
    ],
)
def test_hostile_and_broken_addresses_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(InvalidError) as refused:
        address_require("rtsp", url)

    assert len(url) < 10 or url not in refused.value.message


def test_recordings_need_no_address() -> None:
    address_require("upload", "")


@pytest.mark.parametrize("password", ["simple", "p@ss/word?#1", "with blank", "ünïcode", "%41", "a:b"])
def test_a_login_survives_being_written_into_an_address(password: str) -> None:
    url = address_with_login("rtsp://10.0.0.5:554/a@b?c=d", "guard", password)

    address_require("rtsp", url)
    parts = urlsplit(url)
    assert (parts.hostname, parts.port, parts.path, parts.query) == ("10.0.0.5", 554, "/a@b", "c=d")
    assert unquote(parts.password or "") == password


def test_a_login_replaces_the_one_that_was_there() -> None:
    assert address_with_login("rtsp://old:one@10.0.0.5/x", "new", "two") == "rtsp://new:two@10.0.0.5/x"


@pytest.mark.parametrize("url", ["rtsp://guard:hunter2@10.0.0.5/hunter2?hunter2#hunter2", "rtsp://hunter2@10.0.0.5"])
def test_of_a_stored_address_only_the_host_is_shown(url: str) -> None:
    assert address_words(url) == "set, host 10.0.0.5"


def test_an_address_goes_back_into_a_form_without_its_secrets() -> None:
    assert address_bare("rtsp://guard:hunter2@10.0.0.5:554/live?key=hunter2#x") == "rtsp://10.0.0.5:554/live"
    assert address_bare("nonsense") == address_bare("http://[::1/hunter2") == ""


@pytest.mark.parametrize(
    "path", ["user=guard_password=hunter2_channel=1_stream=0.sdp", "user=guard&password=hunter2/1", "1;Pwd=hunter2"]
)
def test_a_login_in_the_path_goes_into_no_form(path: str) -> None:
    assert address_bare(f"rtsp://10.0.0.5/live/{path}") == "rtsp://10.0.0.5/live/"


@pytest.mark.parametrize(("url", "kind"), [("HTTP://x/", "http"), ("https://x/", "http"), ("rtsps://x/", "rtsp")])
def test_the_kind_of_a_camera_follows_from_its_address(url: str, kind: str) -> None:
    assert source_kind_of(url) == kind
