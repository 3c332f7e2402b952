"""What a request to the platform carries: bytes, a file, or both as one, with a hash of it all."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PART_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries: bytes, then the file's content where there is one."""

    data: bytes = b""
    file: Path | None = None
    content_type: str = "application/json"

    def size(self) -> int:
        return len(self.data) + (self.file.stat().st_size if self.file else 0)

    def sha256(self) -> str:
        digest = hashlib.sha256(self.data)
        if self.file:
            with self.file.open("rb") as file:
                while part := file.read(PART_BYTES):
                    digest.update(part)
        return digest.hexdigest()

    @contextmanager
    def opened(self) -> Iterator[bytes | _Joined]:
        if self.file is None:
            yield self.data
            return
        with self.file.open("rb") as file:
            yield _Joined(self.data, file)


class _Joined(io.RawIOBase):
    """Bytes followed by a file, read as one."""

    def __init__(self, head: bytes, file: io.BufferedReader) -> None:
        self._parts: list[io.BytesIO | io.BufferedReader] = [io.BytesIO(head), file]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        for part in self._parts:
            if data := part.read(size):
                return data
        return b""
