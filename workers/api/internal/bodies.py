"""Reading the bodies of signed requests: bounded, hashed as they are read, parsed into the contract's models."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TypeVar

from django.http import HttpRequest
from pydantic import BaseModel, ValidationError

from vms.errors import InvalidError, TooLargeError
from vms.validation import first_fault
from workers.errors import UnauthenticatedError
from workers.runtime.contract import CLIP_HEAD_LENGTH_BYTES, CONTENT_HEADER, MAX_CLIP_HEAD_BYTES, ClipUpload

MAX_JSON_BYTES = 64 * 2**20
MAX_FILE_BYTES = 2 * 2**30
PART_BYTES = 256 * 1024

Model = TypeVar("Model", bound=BaseModel)


class SignedBody:
    """A body that is read once; ``finish`` refuses it unless it was read whole and is what was signed."""

    def __init__(self, request: HttpRequest, *, limit: int) -> None:
        self._request = request
        self._left = limit
        self._digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data: bytes = self._request.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise TooLargeError("The request is too long.")
        self._digest.update(data)
        return data

    def exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size and (part := self.read(size - len(parts))):
            parts += part
        if len(parts) < size:
            raise InvalidError("The request ends too early.")
        return bytes(parts)

    def rest(self) -> Iterator[bytes]:
        """What is left, in parts; raises at the end where the whole is not what was signed."""
        while part := self.read(PART_BYTES):
            yield part
        self._finish()

    def _finish(self) -> None:
        if self._digest.hexdigest() != self._request.headers[CONTENT_HEADER]:
            raise UnauthenticatedError("The request's body is not the one that was signed.")


def signed_bytes(request: HttpRequest) -> bytes:
    return b"".join(SignedBody(request, limit=MAX_JSON_BYTES).rest())


def signed_model(request: HttpRequest, model: type[Model]) -> Model:
    """The body as a message of the contract.

    Raises:
        InvalidError: it is none; the sentence names the first fault.
    """
    return parse(model, signed_bytes(request))


def parse(model: type[Model], data: bytes) -> Model:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise InvalidError(first_fault(error)) from None


def signed_clip(request: HttpRequest) -> tuple[ClipUpload, Iterator[bytes]]:
    """What precedes the clip, and the clip's bytes as they come."""
    body = SignedBody(request, limit=MAX_FILE_BYTES)
    head_bytes = int.from_bytes(body.exactly(CLIP_HEAD_LENGTH_BYTES), "big")
    if head_bytes > MAX_CLIP_HEAD_BYTES:
        raise TooLargeError("The clip's description is too long.")
    return parse(ClipUpload, body.exactly(head_bytes)), body.rest()


def signed_file(request: HttpRequest) -> Iterator[bytes]:
    return SignedBody(request, limit=MAX_FILE_BYTES).rest()
