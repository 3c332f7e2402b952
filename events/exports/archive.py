"""Writing the ZIP: every file is hashed as it goes in, and the manifest says what each was."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType

BLOCK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class PackedFile:
    path: str
    sha256: str
    size_bytes: int
    event: str = ""
    as_received: bool | None = None
    """Whether it is still what the worker sent, by the checksum of then; None where none was kept."""


@dataclass(slots=True)
class Archive:
    """One folder of files in a ZIP. Films and pictures are stored as they are: they cannot be made smaller."""

    path: Path
    folder: str
    at: datetime
    beat: Callable[[], None]
    files: list[PackedFile] = field(default_factory=list)
    _zip: zipfile.ZipFile = field(init=False)

    def __enter__(self) -> Archive:
        self._zip = zipfile.ZipFile(self.path, "w", zipfile.ZIP_STORED)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def add_file(self, name: str, source: Path, *, event: str, sha256: str = "") -> PackedFile:
        """Raises OSError where it cannot be read."""
        with source.open("rb") as file:
            packed = self._add(name, iter(lambda: file.read(BLOCK_BYTES), b""), zipfile.ZIP_STORED)
        checked = packed.sha256 == sha256 if sha256 else None
        packed = PackedFile(packed.path, packed.sha256, packed.size_bytes, event, checked)
        self.files.append(packed)
        return packed

    def add_text(self, name: str, text: str) -> None:
        self.files.append(self._add(name, [text.encode()], zipfile.ZIP_DEFLATED))

    def finish(self, about: dict[str, object]) -> None:
        """The manifest, and checksums of all files as ``sha256sum -c`` reads them."""
        manifest = {**about, "files": [asdict(file) for file in self.files]}
        self.add_text("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
        self.add_text("SHA256SUMS", "".join(f"{file.sha256}  {file.path}\n" for file in self.files))

    def _add(self, name: str, blocks: Iterable[bytes] | Iterator[bytes], how: int) -> PackedFile:
        entry = zipfile.ZipInfo(f"{self.folder}/{name}", self.at.timetuple()[:6])
        entry.compress_type, entry.external_attr = how, 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(entry, "w", force_zip64=True) as target:
            for block in blocks:
                digest.update(block)
                size += target.write(block)
                self.beat()
        return PackedFile(name, digest.hexdigest(), size)
