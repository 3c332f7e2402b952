"""What is gone for good asks first: the form that deletes it stands inside of something that is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.assets import REPOSITORY

TEMPLATES = REPOSITORY / "templates"
DEED = re.compile(r"{% url '(\w+_(?:delete|discard|forget|reset|remove))'[^%]*%}")
ASKED_ELSEWHERE = {
    "push_remove",  # switched on again in that browser by one press
    "letter_discard",  # asks for the reason
}


def deeds_at_once() -> Iterator[str]:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        for found in DEED.finditer(text):
            before = text[: found.start()]
            is_inside = before.rfind("<details") > before.rfind("</details")
            if not (is_inside or " as action" in found[0] or found[1] in ASKED_ELSEWHERE):
                yield f"{path.relative_to(TEMPLATES)}: {found[1]}"


def test_nothing_is_deleted_by_one_press() -> None:
    assert list(deeds_at_once()) == []
