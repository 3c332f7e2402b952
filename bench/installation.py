"""The whole platform on servers of its own, as processes on this machine, to be measured."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from tests.ports import free_port
from vms.embedded.ports import LOOPBACK
from vms.embedded.postgres import ADMINISTRATOR
from vms.embedded.processes import die_with_parent, signal_group
from vms.embedded.procfile import parse_procfile
from vms.embedded.server import Server
from vms.embedded.servers import plan_servers, running
from vms.embedded.throwaway import throwaway_folder

REPOSITORY = Path(__file__).resolve().parents[1]
GPU_HOST = "worker"
NOTE_INSERTS = """
CREATE TABLE IF NOT EXISTS bench_event_row (event_id uuid PRIMARY KEY);
CREATE OR REPLACE FUNCTION bench_note_event() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO bench_event_row VALUES (NEW.id); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER bench_note_event AFTER INSERT ON events_event
FOR EACH ROW EXECUTE FUNCTION bench_note_event();
"""
"""An event's row changes when it ends; this one keeps the number of the transaction that brought it."""
STOP_SECONDS = 10.0
POLL_SECONDS = 0.2
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "VMS_TEST_ASSETS", "BENCH_CACHE", "VMS_WEB_PROCESSES")
OF_THE_PLATFORM = ("DATABASE_URL", "REDIS_URL", "VMS_SECRET_KEY")
"""What a GPU host does not get, as in the Procfile."""


@dataclass
class Installation:
    """Processes go by their Procfile names, GPU hosts by the names they are started under."""

    folder: Path
    environment: dict[str, str]
    servers: Sequence[Server]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.environment["VMS_BASE_URL"]

    @property
    def pids(self) -> dict[str, int]:
        """Of every process and server, by name."""
        servers = {server.name: server.process.pid for server in self.servers if server.process is not None}
        return servers | {name: process.pid for name, process in self.processes.items()}

    def start_platform(self, *names: str) -> None:
        """These processes of the Procfile; without names, all but the GPU host."""
        text = (REPOSITORY / "Procfile").read_text("utf-8")
        for entry in parse_procfile(text, self.environment):
            if entry.name in names or (not names and entry.name != GPU_HOST):
                self.start(entry.name, entry.command, self.environment)

    def start_gpu_host(self, name: str, token: str, *arguments: str, **more: str) -> None:
        """``arguments`` say what Python runs; its environment names no database."""
        environment = {key: value for key, value in self.environment.items() if key not in OF_THE_PLATFORM} | {
            "VMS_NODE_NAME": name,
            "VMS_NODE_TOKEN": token,
            "VMS_SPOOL_DIR": str(self.spool(name)),
            **more,
        }
        self.start(name, (sys.executable, *arguments), environment)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def spool(self, name: str) -> Path:
        return self.folder / f"spool-{name}"

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def sql(self, query: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            return connection.execute(query, parameters or None).fetchall()

    def run_sql(self, statements: LiteralString) -> None:
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(statements)

    def manage(self, *arguments: str) -> str:
        """What a ``manage.py`` command says."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment, check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"manage.py {' '.join(arguments)[:200]} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def call(self, function: str, *arguments: object, module: str = "bench.seed", **named: object) -> Any:  # noqa: ANN401  it is JSON
        """Run a function of ``module`` where Django is set up; what it printed."""
        given = [repr(argument) for argument in arguments] + [f"{name}={value!r}" for name, value in named.items()]
        code = f"from {module} import {function}; {function}({', '.join(given)})"
        said = self.manage("shell", "--no-imports", "-c", code).strip()
        return json.loads(said.splitlines()[-1]) if said else None

    def hosts(self) -> int:
        """How many GPU hosts have registered."""
        return int(self.sql("SELECT count(*) FROM workers_workernode WHERE registered_at IS NOT NULL")[0][0])

    def watched(self) -> int:
        """How many cameras are watched by a host."""
        return int(self.sql("SELECT count(*) FROM workers_stream WHERE state = 'running'")[0][0])

    def commit_times(self) -> dict[uuid.UUID, float]:
        """When each event's row was committed, in seconds since 1970."""
        when = "extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8"
        return dict(self.sql(f"SELECT event_id, {when} FROM bench_event_row"))

    def wait_until(self, holds: Callable[[], bool], seconds: float, what: str) -> float:
        """How many seconds it took; ends the bench when it takes longer, or when a process has ended."""
        start = time.monotonic()
        while not holds():
            self.require_running()
            if time.monotonic() - start > seconds:
                raise SystemExit(f"{what}: not within {seconds:.0f} s\n{self.tails()}")
            time.sleep(POLL_SECONDS)
        return time.monotonic() - start

    def require_running(self) -> None:
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise SystemExit(f"{name} has ended with {process.returncode}\n{self.log(name)[-3000:]}")

    def tails(self) -> str:
        return "\n".join(f"--- {name}\n{self.log(name)[-1500:]}" for name in self.processes)

    def stop(self, name: str) -> None:
        """Ask it to end, and end what is left of its group."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"{name} did not end within {STOP_SECONDS:.0f} s and is killed", flush=True)
        signal_group(process, signal.SIGKILL)
        process.wait()

    def stop_all(self) -> None:
        for name in list(self.processes)[::-1]:
            self.stop(name)


@contextmanager
def installed(**settings: str) -> Iterator[Installation]:
    """Servers as in production (changes reach the disk), an empty database; nothing else is started yet.

    With ``BENCH_FOLDER`` they stand in that folder, and so does what a run before it left there.
    """
    with ExitStack() as stack:
        kept = os.environ.get("BENCH_FOLDER", "")
        folder = Path(kept).absolute() if kept else stack.enter_context(throwaway_folder())
        folder.mkdir(parents=True, exist_ok=True)
        variables, servers = plan_servers(folder / "data", given={}, durable=True)
        stack.enter_context(running(servers))
        installation = Installation(folder, _environment(folder, variables) | settings, servers)
        _note_commit_times(installation)
        stack.callback(installation.stop_all)
        installation.manage("migrate", "-v", "0")
        installation.run_sql(NOTE_INSERTS)
        try:
            yield installation
        except Exception:
            print(installation.tails(), flush=True)  # the folder with the logs is removed
            raise


def _environment(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    port = free_port()
    address = f"http://{LOOPBACK}:{port}"
    return {
        **kept,
        **variables,
        "DJANGO_SETTINGS_MODULE": "vms.settings.production",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(REPOSITORY),
        "VMS_PORT": str(port),
        "VMS_BASE_URL": address,
        "VMS_INTERNAL_URL": address,
        "VMS_MODELS_DIR": str(folder / "models"),
        "VMS_STORAGE_RESERVE_BYTES": "0",
        # A bench counts every message: none may wait in a digest.
        "VMS_ALERT_MESSAGES_PER_RECIPIENT": "1000000",
        "VMS_ALERT_MESSAGES_PER_MINUTE": "1000000",
    }


def _note_commit_times(installation: Installation) -> None:
    """PostgreSQL remembers when each transaction was committed; that takes a restart."""
    database = next(server for server in installation.servers if server.name == "PostgreSQL")
    with psycopg.connect(installation.environment["DATABASE_URL"], user=ADMINISTRATOR, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    database.request_stop()
    database.wait_stopped(STOP_SECONDS)
    database.start()
    database.wait_until_ready()
