"""What may stand in a cell of a spreadsheet: no formula that a camera's or a person's name could smuggle in."""

from __future__ import annotations

import unicodedata

FORMULA_STARTS = frozenset("=+-@\t\r\n|%")
CELL_MAX_CHARACTERS = 32_000  # Excel ends at 32 767


def safe_text(text: str) -> str:
    """Text that a spreadsheet shows and does not evaluate (OWASP, "CSV Injection").

    Control characters are left out. NFKC catches the wide forms of the signs, which some programs take for the signs.
    """
    begin = unicodedata.normalize("NFKC", text.lstrip(" \u00a0\u3000\ufeff"))[:1]
    kept = "".join(
        character if character.isprintable() or unicodedata.category(character) != "Cc" else " " for character in text
    )
    return ("'" if begin in FORMULA_STARTS and begin else "") + kept[:CELL_MAX_CHARACTERS]
