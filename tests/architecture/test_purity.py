"""The rules engine and the worker runtime run on hosts that have neither Django nor a database driver."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDS_TORCH = "workers.runtime.detectors.ultralytics"  # only where requirements/gpu.txt is installed
FORBIDDEN = ("django", "psycopg", "rest_framework", "channels", "guardian", "sqlparse")


def modules_below(package: str) -> list[str]:
    path = [str(ROOT / package.replace(".", "/"))]
    return [package, *(found.name for found in pkgutil.walk_packages(path, prefix=f"{package}."))]


@pytest.mark.parametrize("package", ["rules.engine", "workers.runtime"])
def test_every_module_of_a_pure_package_imports_where_django_and_psycopg_are_missing(package: str) -> None:
    program = f"""
import sys
for name in {FORBIDDEN!r}:
    sys.modules[name] = None
for name in {[m for m in modules_below(package) if not m.endswith("__main__") and m != NEEDS_TORCH]!r}:
    __import__(name)
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "VMS_NODE_NAME": "test", "REDIS_GPU_URL": "redis://127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr


def test_the_pure_packages_have_more_than_their_contract_in_them() -> None:
    assert len(modules_below("workers.runtime")) > 5
    assert import_module("rules.engine.schema")
