"""Passwords and keys of a one-machine instance, generated once and kept in a file that only its owner reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


def fresh_secret() -> str:
    return secrets.token_urlsafe(48)


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    secret_key: str = Field(default_factory=fresh_secret, repr=False)
    valkey_password: str = Field(default_factory=fresh_secret, repr=False)
    valkey_gpu_password: str = Field(default_factory=fresh_secret, repr=False)
    node_token: str = Field(default_factory=fresh_secret, repr=False)


def write_private(path: Path, text: str) -> None:
    """Replaces the file in one step; it is never readable by others, not even for a moment."""
    scratch = path.with_name(path.name + ".new")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.rename(path)


def load_or_create(path: Path) -> Credentials:
    """Keys added in a later version are generated and kept when an older file is read."""
    known = Credentials.model_validate_json(path.read_text("utf-8")) if path.exists() else Credentials()
    text = known.model_dump_json(indent=2) + "\n"
    if not path.exists() or path.read_text("utf-8") != text:
        write_private(path, text)
    return known
