"""A small installation in a folder of its own: our real `vms.embedded`, with a stand-in for the Django project."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
SERVER_VARIABLES = {"DATABASE_URL", "REDIS_URL", "REDIS_GPU_URL", "VMS_DATA_DIR", "VMS_PORT", "VMS_EXEC_FOLDER"}

MANAGE = """
import os, sys
import psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS calls (name text)")
    connection.execute("INSERT INTO calls VALUES (%s)", [sys.argv[1]])
"""
WEB = """
import http.server, os
http.server.HTTPServer(("127.0.0.1", int(os.environ["VMS_PORT"])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
STUBBORN = """
import signal, subprocess, sys, time
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, __file__, "grandchild"], start_new_session=True)
print("stubborn and up", flush=True)
time.sleep(600)
"""
PROCFILE = "web: python web.py\n"
STUBBORN_LINE = "stubborn: python stubborn.py\n"  # costs the whole kill deadline


def make_installation(folder: Path) -> Path:
    shutil.copytree(REPOSITORY / "vms" / "embedded", folder / "vms" / "embedded")
    (folder / "vms" / "__init__.py").touch()
    for name, text in {"manage.py": MANAGE, "web.py": WEB, "stubborn.py": STUBBORN, "Procfile": PROCFILE}.items():
        (folder / name).write_text(text, "utf-8")
    return folder


class RunningInstallation:
    """`python -m vms.embedded run` in an installation, at a port that no other test takes meanwhile.

    ``output`` grows in a file, as a terminal would show it.
    """

    def __init__(self, folder: Path, **variables: str) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
        self.log = folder / f"output-{time.monotonic_ns()}.txt"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vms.embedded", "run"],
                cwd=folder,
                env={**environment, "VMS_PORT": str(free_port()), **variables},
                stdout=log,
                stderr=log,
            )

    @property
    def output(self) -> str:
        return self.log.read_text("utf-8")

    def wait_for(self, text: str, *, times: int = 1, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while self.output.count(text) < times:
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.output}"
            assert time.monotonic() < deadline, f"{text!r} never came:\n{self.output}"
            time.sleep(0.05)

    @property
    def port(self) -> int:
        match = re.search(r"http://127\.0\.0\.1:(\d+)", self.output)
        assert match is not None, self.output
        return int(match[1])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


def processes_of(folder: Path) -> list[psutil.Process]:
    """Everything that runs in the folder or names it in its command line, and the children of those."""
    found = set()
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(folder)) or any(str(folder) in word for word in process.cmdline()):
                found |= {process, *process.children(recursive=True)}
        except psutil.Error:
            continue
    return [process for process in found if command_line(process)]


def command_line(process: psutil.Process) -> list[str]:
    """Empty for a process that has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []
