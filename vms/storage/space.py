"""How much room is left for files, and whether people should hear of it before uploads are refused."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

LOW_RESERVES = 4
"""Less room than this many times the reserve is told to people."""
KEPT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes left where files are kept, and bytes below which uploads are refused."""

    free_bytes: int
    reserve_bytes: int

    @property
    def low(self) -> bool:
        return self.free_bytes < self.reserve_bytes * LOW_RESERVES

    @property
    def full(self) -> bool:
        return self.free_bytes < self.reserve_bytes


def storage_space() -> Space:
    """As it was at most ten seconds ago: every page asks, and a disk over a network may be slow to answer."""
    free_bytes = _free_bytes(Path(settings.MEDIA_ROOT), int(time.monotonic() / KEPT_SECONDS))
    return Space(free_bytes, settings.STORAGE_RESERVE_BYTES)


@lru_cache(maxsize=1)
def _free_bytes(root: Path, period: int) -> int:
    root.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root).free
