"""Where a recording's file lies, and what of an uploaded file's name is kept."""

from __future__ import annotations

import re
import unicodedata
import uuid

FALLBACK_NAME = "recording"
MAX_NAME_CHARACTERS = 255


def recording_file_name(recording_id: uuid.UUID) -> str:
    """The name in the media storage: never a user's word."""
    return f"recordings/{recording_id}"


def clean_original_name(name: str) -> str:
    """The name as text to show: no folders, no control or formatting characters, at most 255 characters."""
    base = re.split(r"[/\\]", name)[-1]
    kinds = [(unicodedata.category(character)[0], character) for character in base]
    # Of the many spaces some break a line or a header, so each becomes the plain one.
    shown = "".join(" " if kind == "Z" else character for kind, character in kinds if kind != "C").strip()
    if not shown.strip("."):
        return FALLBACK_NAME
    return shown[:MAX_NAME_CHARACTERS]
