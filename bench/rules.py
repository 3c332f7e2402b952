"""`bench rules`: what a frame costs the rules engine, beside another library that does only the zone tests of it.

That library lives in the environment of requirements/gpu.txt, so the comparison runs there, in one process.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Prints a line a criterion; 0 when every goal is reached."""
    if importlib.util.find_spec("supervision"):
        from bench.rules_comparison import compare  # exists only together with the peer's package

        return compare()
    python = Path(os.environ.get("VMS_GPU_PYTHON", ROOT / ".venv-gpu/bin/python"))
    if not python.exists():
        sys.stderr.write(
            "bench rules needs the environment of requirements/gpu.txt:"
            " python3 -m venv .venv-gpu && .venv-gpu/bin/pip install --require-hashes -r requirements/gpu.txt\n"
        )
        return 2
    return subprocess.run([python, "-m", "bench.rules"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
