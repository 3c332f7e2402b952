"""Takes uploaded recordings to the media disk as they arrive: counted, hashed, limited, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.utils.translation import gettext as _

from cameras.selectors import CameraPermission, cameras_visible_to
from vms.errors import DomainError, InvalidError, TooLargeError
from vms.storage.media import incoming_path, space_require, storage_error

SPACE_CHECK_BYTES = 64 * 2**20
"""How much may arrive before the disk is looked at again: others fill it meanwhile."""

UPLOAD_ERROR = "vms_upload_error"
RECEIVED_SCOPE_KEY = "vms.received_file"
READ_BYTES = 2**20


class ReceivedFile(UploadedFile):  # type: ignore[type-arg]  # not subscriptable when running
    """A file that has arrived whole. Closing it deletes it, unless it was moved to its place meanwhile."""

    def __init__(self, path: Path, *, size: int, sha256: str, name: str = "recording") -> None:
        super().__init__(file=path.open("rb"), name=name, size=size)
        self.path = path
        self.sha256 = sha256

    def close(self) -> None:
        super().close()
        self.path.unlink(missing_ok=True)


class IncomingFile:
    """Takes bytes until ``finish``; ``discard`` at any time leaves nothing behind."""

    def __init__(self) -> None:
        self.path = incoming_path()
        self.size = 0
        self._digest = hashlib.sha256()
        self._space_checked_at = 0
        self._file: BinaryIO = self.path.open("xb")
        self._finished = False

    def write(self, data: bytes) -> None:
        """Keep ``data``.

        Raises:
            TooLargeError: more than the site allows.
            StorageFullError: the disk has no room left but its reserve.
        """
        self.size += len(data)
        size_require(self.size)
        if self.size - self._space_checked_at >= SPACE_CHECK_BYTES:
            space_require(0)
            self._space_checked_at = self.size
        self._digest.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise storage_error(error) from error

    def finish(self, *, name: str = "recording") -> ReceivedFile:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise storage_error(error) from error
        self._finished = True
        return ReceivedFile(self.path, size=self.size, sha256=self._digest.hexdigest(), name=name)

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        try:
            self._file.close()
        except OSError:
            return  # what could not be flushed to a full disk is gone with the file

    def discard_unfinished(self) -> None:
        if not self._finished:
            self.discard()


def size_require(size_bytes: int) -> None:
    limit = settings.UPLOAD_MAX_BYTES
    if size_bytes > limit:
        allowed = f"{limit / 2**30:.1f} GiB" if limit >= 2**30 else f"{limit / 2**20:.1f} MiB"
        raise TooLargeError(
            _("The file is larger than the %(allowed)s that are allowed. Nothing was stored.") % {"allowed": allowed}
        )


class RecordingUploadHandler(FileUploadHandler):
    """Streams a form's file to the media disk for users who may upload; for all others it takes nothing.

    What goes wrong is kept on the request and raised by ``upload_take``: an exception here would surface
    in the middleware that reads the form first, which knows no sentence for it.
    """

    request: HttpRequest

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._incoming: IncomingFile | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's own signature
        super().new_file(*args, **kwargs)
        self._discard()
        if cameras_visible_to(self.request.user, CameraPermission.UPLOAD).exists():
            self._incoming = IncomingFile()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self._incoming is None:
            return raw_data
        try:
            self._incoming.write(raw_data)
        except DomainError as error:
            self._refuse(error)
        return None

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        if self._incoming is None:
            return None
        try:
            received = self._incoming.finish(name=self.file_name or "recording")
        except DomainError as error:
            self._refuse(error)
        self._incoming = None
        return received

    def upload_interrupted(self) -> None:
        self._discard()

    def _refuse(self, error: DomainError) -> None:
        self._discard()
        setattr(self.request, UPLOAD_ERROR, error)
        raise StopUpload(connection_reset=False)

    def _discard(self) -> None:
        if self._incoming is not None:
            self._incoming.discard()
            self._incoming = None


def upload_take(request: HttpRequest, field: str) -> UploadedFile[Any]:
    """The form's file.

    Raises:
        DomainError: it was too large, or the disk is full, or there is none.
    """
    upload = request.FILES.get(field)
    error = getattr(request, UPLOAD_ERROR, None)
    if error is not None:
        raise error
    if not isinstance(upload, UploadedFile):
        raise InvalidError(_("Choose a file to upload."), fields={field: [_("No file was sent.")]})
    return upload


def body_take(request: HttpRequest) -> ReceivedFile:
    """The recording that is the request's whole body, streamed already where the upload gate stands before Django.

    Raises:
        DomainError: it is too large, or the disk is full.
    """
    received = getattr(request, "scope", {}).get(RECEIVED_SCOPE_KEY)
    if isinstance(received, ReceivedFile):
        return received
    incoming = IncomingFile()
    try:
        while part := request.read(READ_BYTES):
            incoming.write(part)
        return incoming.finish()
    finally:
        incoming.discard_unfinished()
