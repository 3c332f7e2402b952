"""Python says nothing to people that is not marked for translation."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.translations.python_words import subclasses, unmarked
from vms.translations.catalogs import APPS, ROOT

ENGLISH = ("api", "embedded", "internal", "management", "migrations", "runtime", "translations")
"""Folders whose words go to scripts, workers, the command line and logs."""
TO_WORKERS = {
    "cameras/services/pictures.py", "events/services/files.py", "events/services/ingest.py", "events/services/line.py",
    "events/services/storing.py", "events/services/stream_events.py", "events/services/track_logs.py",
    "workers/services/chunks.py", "workers/services/leases.py", "workers/services/nodes.py",
    "workers/services/stream_snapshots.py",
}  # fmt: skip
TO_SCRIPTS = {"rules/backtests/command.py", "rules/exporting.py", "rules/services/overrides.py",
              "vms/accounts/authentication.py", "vms/pagination.py"}  # fmt: skip


@cache
def sources() -> dict[str, ast.Module]:
    paths = (path for app in APPS if "/" not in app for path in sorted((ROOT / app).rglob("*.py")))
    names = {path.relative_to(ROOT): path for path in paths}
    return {name.as_posix(): ast.parse(path.read_text(encoding="utf-8")) for name, path in names.items()}


@cache
def refusals() -> frozenset[str]:
    return subclasses("DomainError", sources().values()) - {"LeaseLostError"}


def read_by_people(name: str) -> bool:
    return name not in TO_WORKERS | TO_SCRIPTS and not set(ENGLISH).intersection(Path(name).parts)


def test_every_word_for_people_is_marked() -> None:
    bare = {name: unmarked(tree, refusals()) for name, tree in sources().items() if read_by_people(name)}
    assert {name: words for name, words in bare.items() if words} == {}


def test_what_is_left_out_is_there() -> None:
    assert set(sources()) >= TO_WORKERS | TO_SCRIPTS


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("messages.success(request, 'It is saved.')", ["It is saved."]),
        ("raise NotFoundError('There is no such job.')", ["There is no such job."]),
        ("forms.ValidationError(f'{name} is none.')", [" is none."]),
        ("form.add_error('name', 'Taken already.')", ["Taken already."]),
        ("forms.CharField(label='Name', max_length=4)", ["Name"]),
        ("class Kind(models.TextChoices):\n    FILE = 'file', 'A file'", ["A file"]),
        ("InvalidError(_('Not %(names)s.') % {'names': ' and '.join(names)})", [" and "]),
    ],
)
def test_words_that_are_not_marked(source: str, words: list[str]) -> None:
    assert unmarked(ast.parse(source), {"NotFoundError", "InvalidError"}) == words


@pytest.mark.parametrize(
    "source",
    [
        "messages.success(request, _('%(name)s is saved.') % {'name': name})",
        "InvalidError(str(error), fields={'name': ['x y']})",
        "serializers.CharField(help_text='For scripts.')",
        "class Kind(models.TextChoices):\n    PDF = 'pdf', 'PDF'",
        "ValueError('never shown')",
    ],
)
def test_words_that_are_marked_or_shown_to_nobody(source: str) -> None:
    assert unmarked(ast.parse(source), {"InvalidError"}) == []
