"""Asks a child process one question: JSON in by a pipe, one line of JSON out, and nothing in a list of processes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from django.conf import settings
from pydantic import BaseModel, ValidationError

INHERITED = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

Answer = TypeVar("Answer", bound=BaseModel)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ChildResult(Generic[Answer]):
    """``code`` is the child's; None: it took too long, or could not be started."""

    answer: Answer | None
    code: int | None


def child_asked(module: str, question: BaseModel, kind: type[Answer], *, seconds: float) -> ChildResult[Answer]:
    """Run ``python -m module`` and wait for its answer. Its errors are thrown away: they may hold what was asked."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | ONE_THREAD
    try:
        child = subprocess.run(  # noqa: S603  a fixed command without a shell; the question goes through a pipe
            [sys.executable, "-s", "-m", module],
            cwd=settings.BASE_DIR,
            env=environment,
            input=question.model_dump_json().encode() + b"\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        log.warning("child.no_answer", module=module, error=type(error).__name__)
        return ChildResult(None, None)
    try:
        return ChildResult(kind.model_validate_json(child.stdout), child.returncode)
    except ValidationError:
        log.warning("child.died", module=module, code=child.returncode)
        return ChildResult(None, child.returncode)
