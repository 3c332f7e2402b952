"""`bench tracker`: tracking quality on TUD-Campus and cost on vtest's boxes, beside two other ByteTracks.

The others live in the environment of requirements/gpu.txt, so the comparison runs there, in one process.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEER_MODULES = ("motmetrics", "supervision", "trackers", "ultralytics")


def main() -> int:
    """Prints a line a criterion; 0 when every goal is reached."""
    if all(importlib.util.find_spec(name) for name in PEER_MODULES):
        from bench.tracker_comparison import compare  # exists only together with the peers' packages

        return compare()
    python = Path(os.environ.get("VMS_GPU_PYTHON", ROOT / ".venv-gpu/bin/python"))
    if not python.exists():
        sys.stderr.write(
            "bench tracker needs the environment of requirements/gpu.txt:"
            " python3 -m venv .venv-gpu && .venv-gpu/bin/pip install --require-hashes -r requirements/gpu.txt\n"
        )
        return 2
    return subprocess.run([python, "-m", "bench.tracker"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
