"""A whole fleet on its own servers: the Procfile's processes, two GPU hosts, simulated cameras. Made to be broken."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from bench.simulator import SimulatorProcess
from tests.faults.live.cutting import CuttableProxy
from tests.faults.live.footage import passing_footage
from tests.ports import free_port
from vms.embedded.procfile import parse_procfile
from vms.embedded.server import Server
from vms.embedded.servers import plan_servers, running

REPOSITORY = Path(__file__).resolve().parents[3]
NODES = {
    "north": "north-token-that-only-these-tests-know-0123456789",
    "south": "south-token-known-only-here-0123456789ab",
}
PLATFORM = ("web", "tasks", "orchestrator", "scheduler")
INJECTED = Path(__file__).parent / "injected"
"""What only GPU hosts import, at their start."""
POLL_SECONDS = 0.1
TELLING = (
    "vms_cameras", "vms_dead_letters", "vms_node_breaker_open", "vms_node_busy_ratio", "vms_node_inferences_at_once",
    "vms_node_out_of_memory_total", "vms_node_outbox_waiting", "vms_stream_failovers_total",
)  # fmt: skip
"""Series that say why something is late or missing."""


@dataclass
class Fleet:
    """``sql`` asks its database. Processes go by their Procfile names, GPU hosts by the names of ``NODES``."""

    folder: Path
    logs: Path
    environment: dict[str, str]
    servers: Sequence[Server]
    simulator: SimulatorProcess
    proxies: dict[str, CuttableProxy]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    calm_since: float = 0.0
    """When the last test's trouble was over, seconds since 1970."""

    # --- asking ------------------------------------------------------------------------------------------------------

    def sql(self, query: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True, connect_timeout=30) as connection:
            return connection.execute(query, parameters).fetchall()

    def holders(self) -> dict[str, str]:
        """The node that watches each camera, by the cameras' names."""
        return dict(
            self.sql(
                "SELECT c.name, n.name FROM workers_stream s JOIN cameras_camera c ON c.id = s.camera_id"
                " JOIN workers_workernode n ON n.id = s.node_id WHERE s.state = 'running'"
            )
        )

    def log(self, name: str) -> str:
        path = self.logs / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def camera_id(self, name: str) -> int:
        return int(self.sql("SELECT id FROM cameras_camera WHERE name = %s", name)[0][0])

    def metrics(self) -> dict[str, float]:
        """What ``/metrics`` says, by each series' name with its labels."""
        with urllib.request.urlopen(f"{self.environment['VMS_BASE_URL']}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    def metric(self, name: str) -> float:
        """0 where there is none yet."""
        return self.metrics().get(name, 0.0)

    def wait_until(self, holds: Callable[[], bool], seconds: float, what: str) -> float:
        """Wait for a state and say how many seconds it took; the database may be away meanwhile."""
        start = time.monotonic()
        while True:
            try:
                if holds():
                    return time.monotonic() - start
            except (psycopg.OperationalError, OSError):
                pass
            if time.monotonic() - start > seconds:
                raise AssertionError(f"{what}: not within {seconds:.0f} s\n{self.surroundings()}\n{self._tails()}")
            time.sleep(POLL_SECONDS)

    def wait_until_watched(self, seconds: float = 120) -> float:
        cameras = self.sql("SELECT count(*) FROM cameras_camera WHERE NOT hidden")[0][0]
        return self.wait_until(lambda: len(self.holders()) == cameras, seconds, "every camera is watched")

    def wait_until_answering(self, seconds: float) -> float:
        return self.wait_until(lambda: bool(self.metrics()), seconds, "web answers")

    def ended(self) -> dict[str, int]:
        """The exit codes of the processes that have ended by themselves."""
        return {name: code for name, process in self.processes.items() if (code := process.poll()) is not None}

    def surroundings(self) -> str:
        """What the machine, the processes and their figures are like now: a starved machine looks like a fault."""
        pressure = Path("/proc/pressure/cpu")
        lines = [f"machine: load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"]
        lines += pressure.read_text().splitlines()[:1] if pressure.exists() else []
        lines.append(f"ended: {self.ended() or 'nobody'}")
        try:
            lines += [f"{name} {value:g}" for name, value in self.metrics().items() if name.startswith(TELLING)]
        except OSError as error:
            lines.append(f"no metrics: {error}")
        return "\n".join(lines)

    def _tails(self) -> str:
        return "\n".join(f"--- {name}\n{self.log(name)[-1500:]}" for name in sorted(self.processes))

    # --- starting and breaking ---------------------------------------------------------------------------------------

    def start(self, name: str, **more: str) -> None:
        """Start a process as the Procfile says. A GPU host talks to the platform through its own proxy."""
        environment = {**self.environment, **more}
        if name in NODES:
            environment |= {
                "VMS_NODE_NAME": name,
                "VMS_NODE_TOKEN": NODES[name],
                "VMS_INTERNAL_URL": f"http://127.0.0.1:{self.proxies[name].port}",
                "VMS_SPOOL_DIR": more.get("VMS_SPOOL_DIR") or str(self.folder / f"spool-{name}"),
                "VMS_TEST_FAULTS": str(self._faults(name)),
                "PYTHONPATH": f"{INJECTED}{os.pathsep}{REPOSITORY}",
            }
        wanted = "worker" if name in NODES else name.partition("-")[0]
        entries = parse_procfile((REPOSITORY / "Procfile").read_text("utf-8"), environment)
        command = next(entry.command for entry in entries if entry.name == wanted)
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def _faults(self, node: str) -> Path:
        return self.folder / f"faults-{node}.json"

    def inject(self, **faults: object) -> None:
        """Let this go wrong on every GPU host, and nothing else: see ``injected/faulty_sight.py``."""
        for node in NODES:
            self.inject_into(node, **faults)

    def inject_into(self, node: str, **faults: object) -> None:
        fresh = self._faults(node).with_suffix(".new")
        fresh.write_text(json.dumps(faults))
        fresh.replace(self._faults(node))

    def restore(self) -> None:
        """Everything runs again that a test may have ended, nothing else, and nothing goes wrong on purpose."""
        self.inject()
        for name in [name for name in self.processes if name not in (*PLATFORM, *NODES)]:
            self.kill_tree(name)
        for proxy in self.proxies.values():
            proxy.heal()
        for server in self.servers:
            if server.has_ended():
                server.start()
                server.wait_until_ready()
        for name in (*PLATFORM, *NODES):
            if name not in self.processes or self.processes[name].poll() is not None:
                self.start(name)

    def forget_troubles(self) -> None:
        """One test's dead letters and failures are not the next one's: three kills in a row take a host out."""
        self.sql("DELETE FROM workers_deadletter RETURNING id")
        self.sql("UPDATE workers_stream SET stops = 0 WHERE stops > 0 AND state = 'running' RETURNING id")
        self.sql(
            "UPDATE workers_workernode SET draining = false, failures = 0, failed_at = NULL, breaker_opened_at = NULL,"
            " breaker_until = NULL RETURNING id"
        )

    def supervise(self) -> None:
        """Start again what has ended by itself, as whatever runs the hosts does."""
        for name in NODES:
            if name in self.processes and self.processes[name].poll() is not None:
                self.start(name)

    def kill(self, name: str) -> None:
        """SIGKILL to the process alone; what it started lives on."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def kill_tree(self, name: str) -> None:
        """SIGKILL to the process and all that it started."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str, seconds: float = 60) -> int:
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(seconds)

    def drain(self, name: str, *, draining: bool) -> None:
        """As an admin's click does."""
        self.sql("UPDATE workers_workernode SET draining = %s WHERE name = %s RETURNING id", draining, name)
        self.sql("SELECT pg_notify('vms_reconcile', '')")

    def spread(self) -> None:
        """Each host has its share of the cameras, handed over in order: after a failure they may all be on one."""
        wanted = {camera: list(NODES)[number % len(NODES)] for number, camera in enumerate(sorted(self.holders()))}
        for camera, node in wanted.items():
            self.sql(
                "UPDATE workers_stream s SET moving_to_id = n.id FROM workers_workernode n, cameras_camera c"
                " WHERE n.name = %s AND c.name = %s AND c.id = s.camera_id AND s.node_id <> n.id RETURNING s.id",
                node,
                camera,
            )
        self.wait_until(lambda: self.holders() == wanted, 120, "the cameras are spread over the hosts")

    def server(self, name: str) -> Server:
        return next(server for server in self.servers if server.name == name)

    def restart_server(self, name: str) -> None:
        """PostgreSQL as with ``-m immediate``; Valkey killed, its file gone: it comes back empty."""
        server = self.server(name)
        assert server.process is not None
        server.process.send_signal(server.abort_signal)
        server.process.wait()
        if name == "Valkey":
            for path in sorted(server.folder.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
        server.start()
        server.wait_until_ready()

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def running_fleet(folder: Path, logs: Path, *, cameras: int = 4, **settings: str) -> Iterator[Fleet]:
    """Everything started and every camera watched; without weights, so that the hosts look for motion."""
    footage = passing_footage(folder / "passing.mp4")
    with ExitStack() as stack:
        simulator = stack.enter_context(SimulatorProcess(str(footage), "--cameras", str(cameras)))
        variables, servers = plan_servers(folder / "data", given={}, durable=True)
        stack.enter_context(running(servers))
        port = free_port()
        environment = _environment(folder, variables, port) | settings
        proxies = {name: stack.enter_context(CuttableProxy(port)) for name in NODES}
        fleet = Fleet(folder, logs, environment, servers, simulator, proxies)
        stack.callback(_end, fleet)
        fleet.manage("migrate", "-v", "0")
        addresses = {f"cam{number}": simulator.rtsp_url(f"cam{number}") for number in range(cameras)}
        call = (
            f"from tests.faults.live.seed import seed; seed(cameras={json.dumps(addresses)}, nodes={json.dumps(NODES)})"
        )
        fleet.manage("shell", "-c", call)
        for name in (*PLATFORM, *NODES):
            fleet.start(name)
        fleet.wait_until_watched()
        yield fleet


def _environment(folder: Path, variables: dict[str, str], port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    address = f"http://127.0.0.1:{port}"
    return {
        **kept,
        **variables,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(REPOSITORY),
        "VMS_PORT": str(port),
        "VMS_BASE_URL": address,
        "VMS_INTERNAL_URL": address,
        "VMS_MODELS_DIR": str(folder / "models"),
        "VMS_STORAGE_RESERVE_BYTES": "0",
        "VMS_METRICS_LOOPBACK": "true",
    }


def _end(fleet: Fleet) -> None:
    for name in list(fleet.processes):
        fleet.kill_tree(name)
