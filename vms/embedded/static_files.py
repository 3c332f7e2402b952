"""Collects the pages' static files when one of them, or an installed package, has changed since the last time."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def fingerprint(static: Path) -> str:
    """Of every file's name, size and time, and of every installed package's version."""
    digest = hashlib.sha256()
    for file in sorted(path for path in static.rglob("*") if path.is_file()):
        found = file.stat()
        digest.update(f"{file}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    for package in sorted({f"{found.name}=={found.version}" for found in importlib.metadata.distributions()}):
        digest.update(package.encode())
    return digest.hexdigest()


def collect_if_changed(data: Path, collect: Callable[[], None]) -> None:
    stamp = data / "static.fingerprint"
    now = fingerprint(REPOSITORY / "static")
    if stamp.exists() and stamp.read_text("utf-8") == now and (data / "static").is_dir():
        return
    collect()
    stamp.write_text(now, "utf-8")
