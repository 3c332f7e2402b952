"""What may stand in a cell of a spreadsheet: no formula that a camera's or a person's name could smuggle in."""

from __future__ import annotations

import unicodedata

FORMULA_STARTS = frozenset("=+-@|%")
BLANKS = " \u00a0\u3000\ufeff"
CELL_MAX_CHARACTERS = 32_000  # Excel ends at 32 767


def safe_text(text: str) -> str:
    """Text that a spreadsheet shows and does not evaluate (OWASP, "CSV Injection").

    Control characters become blanks. NFKC catches the wide forms of the signs, which some programs take for the signs.
    """
    kept = "".join(
        character if character.isprintable() or unicodedata.category(character) != "Cc" else " " for character in text
    )
    begin = unicodedata.normalize("NFKC", kept.lstrip(BLANKS))[:1]
    return ("'" if begin in FORMULA_STARTS else "") + kept[:CELL_MAX_CHARACTERS]
