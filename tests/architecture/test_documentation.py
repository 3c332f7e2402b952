"""Every setting and every command is written down, and nothing is written down that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("vms", "cameras", "events", "alerts", "rules", "reports", "workers")
VARIABLE = re.compile(r"(?:VMS_[A-Z0-9_]+|DATABASE_URL|REDIS_URL|REDIS_GPU_URL)")
INTERNAL = {"VMS_SUPERVISED_BY", "VMS_EXEC_FOLDER"}  # mark processes, are no settings


def variables_in_code() -> set[str]:
    found: set[str] = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
                if isinstance(value, str) and VARIABLE.fullmatch(value):
                    found.add(value)
    return found - INTERNAL


def documented_variables() -> set[str]:
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    return set(re.findall(rf"^\| `({VARIABLE.pattern})` \|", text, flags=re.MULTILINE))


def commands() -> set[str]:
    return {
        path.stem
        for package in PACKAGES
        for path in (ROOT / package).rglob("management/commands/*.py")
        if path.stem != "__init__"
    }


def test_every_variable_that_the_code_reads_is_documented() -> None:
    assert variables_in_code() - documented_variables() == set()


def test_every_documented_variable_is_read_somewhere() -> None:
    assert documented_variables() - variables_in_code() == set()


def test_the_example_environment_names_only_documented_variables() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(rf"^#?\s*({VARIABLE.pattern})=", text, flags=re.MULTILINE))
    assert named
    assert named - documented_variables() == set()


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_documented(command: str) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    assert re.search(rf"manage\.py {command}\b", text), f"manage.py {command} is not mentioned in README.md or docs/"


def test_the_faults_page_names_tests_and_series_that_there_are() -> None:
    page = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    code = "".join(
        path.read_text(encoding="utf-8") for path in [*(ROOT / "vms").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]
    )
    assert [name for name in re.findall(r"`(test_\w+)`", page) if f"def {name}(" not in tests] == []
    assert [name for name in re.findall(r"`(vms_\w+)", page) if f'"{name.removesuffix("_total")}"' not in code] == []
