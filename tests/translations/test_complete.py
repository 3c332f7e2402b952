"""Every string of pages is translatable, and each language that pages speak is complete."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import polib
import pytest

from tests.translations.template_words import unmarked
from vms.translations.catalogs import CATALOGS, ROOT, Catalog, messages_found
from vms.translations.messages import Message

TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*.*")) if path.suffix in {".html", ".txt"}]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")


@cache
def found() -> dict[Catalog, dict[Message, list[str]]]:
    return messages_found()


@cache
def translated(catalog: Catalog) -> polib.POFile:
    return polib.pofile(str(catalog.path("de")))


def placeholders(words: str) -> list[str]:
    return sorted(set(PLACEHOLDER.findall(words)))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_shows_no_word_that_is_not_marked_for_translation(path: Path) -> None:
    assert unmarked(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("catalog", CATALOGS, ids=str)
def test_german_has_every_string_of_the_sources_and_no_other(catalog: Catalog) -> None:
    known = {Message(entry.msgid, entry.msgid_plural or "", entry.msgctxt) for entry in translated(catalog)}
    assert known == set(found()[catalog]), "python -m vms.translations update"


@pytest.mark.parametrize("catalog", CATALOGS, ids=str)
def test_each_string_is_translated(catalog: Catalog) -> None:
    entries = translated(catalog)
    assert [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy] == []


@pytest.mark.parametrize("catalog", CATALOGS, ids=str)
def test_a_translation_keeps_the_places_for_values(catalog: Catalog) -> None:
    for entry in translated(catalog).translated_entries():
        many = entry.msgid_plural or entry.msgid
        for words in (entry.msgstr, entry.msgstr_plural.get(1, "")):
            assert not words or placeholders(words) == placeholders(many), entry.msgid


def test_a_string_in_two_catalogs_has_one_translation() -> None:
    """Django knows one only, whichever app comes first."""
    seen: dict[tuple[str, str], tuple[str, dict[int, str]]] = {}
    for catalog in CATALOGS[:-1]:
        for entry in translated(catalog).translated_entries():
            words = (entry.msgstr, entry.msgstr_plural)
            assert seen.setdefault((entry.msgid, entry.msgctxt or ""), words) == words, entry.msgid
