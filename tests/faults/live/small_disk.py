"""A small file system of its own that a test can fill and empty."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

PART = bytes(64 * 1024)


class SmallDisk:
    """``with SmallDisk(folder, megabytes) as disk``: skips the test where this machine lets nobody mount."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._megabytes = megabytes
        self.bytes = megabytes * 2**20

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={self._megabytes}m,mode=0777", "tmpfs", str(self.folder)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            sentence = f"No small file system can be mounted here: {done.stderr.strip()}"
            if os.environ.get("CI") == "true" and os.geteuid() == 0:
                pytest.fail(sentence)
            pytest.skip(sentence)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Lazily: whoever still has a file open there must not keep the test from ending.
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def fill(self) -> None:
        """Until nothing more goes in, for anybody."""
        with (self.folder / "filling").open("ab", buffering=0) as file:
            for part in (PART, PART[:4096]):
                try:
                    while file.write(part) == len(part):
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def empty(self) -> None:
        (self.folder / "filling").unlink()
