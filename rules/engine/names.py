"""What a name may hold: what can be read as it stands, wherever it is shown."""

from __future__ import annotations

import re

HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, line ends, and the marks that turn the direction of the text around them."""


def name_check(name: str) -> str:
    """Return the name as it is.

    Raises:
        ValueError: it holds characters that cannot be seen; the sentence says so.
    """
    if HIDDEN.search(name):
        raise ValueError("A name holds no control characters and no marks that turn the direction of text.")
    return name
