"""The .po files: one of each app, which holds the strings of its Python and of the templates that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib

from vms.translations.messages import Message, python_messages, rule_messages, script_messages, template_messages

ROOT = Path(__file__).resolve().parents[2]
APPS = ("vms", "vms/accounts", "cameras", "workers", "events", "alerts", "rules", "reports")
TEMPLATES = {"accounts": "vms/accounts", "jobs": "workers"}
"""Folders of templates that are not named as their app's folder is; what is no app's is the platform's own."""
SOURCES: dict[str, Callable[[str], Iterator[Message]]] = {
    ".py": python_messages, ".js": script_messages, ".html": template_messages, ".txt": template_messages,
    ".yaml": rule_messages,
}  # fmt: skip
LEFT_OUT = {"migrations", "tests"}
METADATA = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "MIME-Version": "1.0",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


@dataclass(frozen=True)
class Catalog:
    app: str
    domain: str = "django"  # or "djangojs": the words of our JavaScript

    def path(self, language: str) -> Path:
        return ROOT / self.app / "locale" / language / "LC_MESSAGES" / f"{self.domain}.po"


SCRIPTS = Catalog("vms", "djangojs")
CATALOGS = (*map(Catalog, APPS), SCRIPTS)


def catalog_of(source: Path) -> Catalog:
    """Where the strings of a file, named from the project's folder, belong."""
    if source.suffix == ".js":
        return SCRIPTS
    folder = source.parent.as_posix()
    if folder.startswith("templates"):
        name = source.parts[1]
        return Catalog(TEMPLATES.get(name, name if name in APPS else "vms"))
    return Catalog(max((app for app in APPS if f"{folder}/".startswith(f"{app}/")), key=len))


def messages_found() -> dict[Catalog, dict[Message, list[str]]]:
    """Each catalog's strings, with the files they stand in."""
    found: dict[Catalog, dict[Message, list[str]]] = {catalog: {} for catalog in CATALOGS}
    for path in _sources():
        name = path.relative_to(ROOT)
        messages = found[catalog_of(name)]
        for message in SOURCES[path.suffix](path.read_text(encoding="utf-8")):
            files = messages.setdefault(message, [])
            if name.as_posix() not in files:
                files.append(name.as_posix())
    return found


def catalog_update(catalog: Catalog, messages: dict[Message, list[str]], language: str) -> polib.POFile:
    """Write the catalog anew: what is found, with the translations there are, in this file or another's."""
    known = {key: entry for each in CATALOGS if each != catalog for key, entry in _entries(each, language).items()}
    known |= _entries(catalog, language)
    written = polib.POFile(wrapwidth=110)
    written.metadata = {"Language": language, **METADATA}
    for message, files in messages.items():
        entry = polib.POEntry(msgid=message.text, msgctxt=message.context, occurrences=[(name, "") for name in files])
        if message.plural:
            entry.msgid_plural, entry.msgstr_plural = message.plural, {0: "", 1: ""}
        if there := known.get(message):
            entry.msgstr, entry.msgstr_plural = there.msgstr, there.msgstr_plural
            entry.tcomment = there.tcomment
        written.append(entry)
    path = catalog.path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    written.save(str(path))
    return written


def catalogs_compile() -> None:
    """Make the .mo files that are missing or older than their .po file."""
    for source in (path for app in APPS for path in (ROOT / app).glob("locale/*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            unfinished = source.with_suffix(".mo.new")
            polib.pofile(str(source)).save_as_mofile(str(unfinished))
            unfinished.replace(compiled)


def _sources() -> Iterator[Path]:
    folders = {app.split("/")[0]: ("*.py",) for app in APPS} | {
        "templates": ("*.html", "*.txt"),
        "static/js": ("*.js",),
        "rules/catalog": ("*.yaml",),
    }
    for folder, patterns in folders.items():
        for pattern in patterns:
            for path in sorted((ROOT / folder).rglob(pattern)):
                if not LEFT_OUT.intersection(path.relative_to(ROOT).parts):
                    yield path


def _entries(catalog: Catalog, language: str) -> dict[Message, polib.POEntry]:
    path = catalog.path(language)
    if not path.exists():
        return {}
    return {
        Message(entry.msgid, entry.msgid_plural or "", entry.msgctxt): entry
        for entry in polib.pofile(str(path))
        if entry.translated()
    }
