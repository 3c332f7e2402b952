"""Media files are stored whole or not at all."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from vms.errors import InvalidError, StorageFullError
from vms.storage.media import incoming_path, incoming_sweep, media_delete, media_path, media_write


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGE_RESERVE_BYTES = 0
    return tmp_path / "media"


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_written_file_has_its_size_and_checksum(media: Path) -> None:
    stored = media_write("clips/1/a.mp4", [b"ab", b"c"])
    assert (stored.size_bytes, stored.sha256) == (3, hashlib.sha256(b"abc").hexdigest())
    assert media_path("clips/1/a.mp4").read_bytes() == b"abc"


def test_a_second_write_replaces_the_first(media: Path) -> None:
    media_write("a", [b"old"])
    media_write("a", [b"new"])
    assert files_below(media) == ["a"]
    assert media_path("a").read_bytes() == b"new"


def test_bytes_with_another_checksum_are_refused_and_leave_nothing(media: Path) -> None:
    with pytest.raises(InvalidError, match="checksum"):
        media_write("a", [b"abc"], sha256="0" * 64)
    assert files_below(media) == []


def test_a_source_that_breaks_off_leaves_nothing(media: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        media_write("a", broken())
    assert files_below(media) == []


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StorageFullError, match="full"):
        media_write("a", [b"abc"])
    assert files_below(media) == []


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "clips/../../a", ""])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(InvalidError):
        media_path(name)


def test_deleting_what_is_not_there_is_no_error(media: Path) -> None:
    media_delete("nothing/here")
    assert files_below(media) == []


def test_only_old_half_arrived_files_are_swept(media: Path) -> None:
    old, young = incoming_path(), incoming_path()
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    assert incoming_sweep(older_than_seconds=3600) == 1
    assert files_below(media) == [f"incoming/{young.name}"]
