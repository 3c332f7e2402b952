"""Procfile, .env file, credentials, folders and ports."""

from __future__ import annotations

import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from vms.embedded.accounts import server_account
from vms.embedded.credentials import load_or_create
from vms.embedded.dotenv import read_dotenv
from vms.embedded.errors import StartError
from vms.embedded.folders import SOCKET_PATH_MAX_BYTES, prepare_folders
from vms.embedded.ports import choose_port
from vms.embedded.procfile import ProcfileEntry, parse_procfile


def test_a_value_with_spaces_stays_one_word_of_the_command() -> None:
    text = "# comment\n\nweb: serve --port $VMS_PORT '--folder=$FOLDER'\n"
    assert parse_procfile(text, {"VMS_PORT": "8001", "FOLDER": "/a b"}) == [
        ProcfileEntry("web", ("serve", "--port", "8001", "--folder=/a b"))
    ]


@pytest.mark.parametrize("text", ["web serve", "web: serve $MISSING", "web: serve 'open"])
def test_a_wrong_procfile_line_is_named(text: str) -> None:
    with pytest.raises(StartError, match="line 1"):
        parse_procfile(text, {})


def test_a_dotenv_file_gives_names_and_values(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# comment\nVMS_PORT=9000\nexport VMS_MAIL_FROM='VMS <a@b.c>'\nURL=postgresql://h/d?a=b#c\n", "utf-8"
    )
    assert read_dotenv(file) == {"VMS_PORT": "9000", "VMS_MAIL_FROM": "VMS <a@b.c>", "URL": "postgresql://h/d?a=b#c"}


def test_a_dotenv_line_without_a_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\nnonsense\n", "utf-8")
    with pytest.raises(StartError, match="line 2"):
        read_dotenv(tmp_path / ".env")


def test_credentials_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    first = load_or_create(path)
    assert load_or_create(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first.secret_key not in repr(first)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that the servers' account can enter; pytest's own is closed to it when we are root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.mark.parametrize("name", ["x" * 120, "with,comma"])
def test_sockets_move_to_a_short_plain_path_when_the_data_folder_has_none(open_folder: Path, name: str) -> None:
    folders = prepare_folders(open_folder / name, server_account())
    try:
        assert len(bytes(folders.sockets)) < SOCKET_PATH_MAX_BYTES
        assert "," not in str(folders.sockets)
        assert folders.sockets.stat().st_mode & 0o077 == 0
    finally:
        folders.sockets.rmdir()


def test_a_folder_that_others_may_enter_is_refused_for_the_servers(tmp_path: Path) -> None:
    account = server_account()
    folder = tmp_path / "servers"
    account.make_private_folder(folder)
    folder.chmod(0o755)
    with pytest.raises(StartError, match="open to other users"):
        account.make_private_folder(folder)


def test_a_taken_port_is_passed_over_but_refused_when_asked_for() -> None:
    first = choose_port("")
    with socket.create_server(("127.0.0.1", first)):
        assert choose_port("") > first
        with pytest.raises(StartError, match="taken"):
            choose_port(str(first))


@pytest.mark.parametrize("wanted", ["http", "0", "65536", "-1"])
def test_a_port_that_is_no_port_is_refused(wanted: str) -> None:
    with pytest.raises(StartError, match="VMS_PORT"):
        choose_port(wanted)
