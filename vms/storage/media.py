"""Files under MEDIA_ROOT: written whole or not at all, and never where the disk would run full."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from vms.errors import InvalidError, StorageFullError

INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class StoredFile:
    name: str
    size_bytes: int
    sha256: str


def media_path(name: str) -> Path:
    """The file's place on disk. ``name`` is relative, made by the platform and never by a user.

    Raises:
        InvalidError: the name leads out of MEDIA_ROOT.
    """
    root = Path(settings.MEDIA_ROOT)
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or path == root.resolve():
        raise InvalidError(_("The file name is not one of ours."))
    return path


def incoming_folder() -> Path:
    """Where files arrive, on the disk they will stay on; what is left there is swept away."""
    folder = media_path(INCOMING)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def incoming_path() -> Path:
    """A fresh place for a file that is still arriving."""
    return incoming_folder() / uuid.uuid4().hex


def space_require(size_bytes: int) -> None:
    """Raise StorageFullError where ``size_bytes`` more would eat into the reserve."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(root).free
    if free - size_bytes < settings.STORAGE_RESERVE_BYTES:
        raise StorageFullError(
            _(
                "The storage is nearly full: %(free)s MiB are left and %(reserve)s MiB are kept free. "
                "Nothing was stored."
            )
            % {"free": free // 2**20, "reserve": settings.STORAGE_RESERVE_BYTES // 2**20}
        )


def media_write(name: str, parts: Iterable[bytes], *, sha256: str = "") -> StoredFile:
    """Store a file under ``name``, replacing what stood there, by rename after fsync.

    Raises:
        InvalidError: the bytes do not have the ``sha256`` that was announced.
        StorageFullError: there is no room; nothing is left behind.
    """
    temporary = incoming_path()
    digest, size = hashlib.sha256(), 0
    try:
        with temporary.open("wb") as file:
            for part in parts:
                digest.update(part)
                size += file.write(part)
            file.flush()
            os.fsync(file.fileno())
        if sha256 and digest.hexdigest() != sha256:
            raise InvalidError(_("The file did not arrive whole: its checksum differs."))
        media_adopt(temporary, name)
    except OSError as error:
        raise storage_error(error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return StoredFile(name=name, size_bytes=size, sha256=digest.hexdigest())


def media_adopt(source: Path, name: str) -> None:
    """Move a finished file of the same disk to its name."""
    target = media_path(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def media_delete(name: str) -> None:
    if name:
        media_path(name).unlink(missing_ok=True)


def incoming_sweep(*, older_than_seconds: float) -> int:
    """Remove what arrived half and was left; return how many files that were."""
    limit, removed = time.time() - older_than_seconds, 0
    for path in media_path(INCOMING).glob("*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def storage_error(error: OSError) -> Exception:
    """A full disk as a sentence; any other error as it is."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFullError(_("The storage is full. Nothing was stored."))
    return error
