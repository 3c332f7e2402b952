"""The whole platform on this machine: servers, database, first data, then the Procfile's processes until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from vms.embedded.accounts import server_account
from vms.embedded.dotenv import read_dotenv
from vms.embedded.errors import AlreadyRunningError, StartError
from vms.embedded.folders import make_data_folder
from vms.embedded.interrupts import leave, on_stop_signal
from vms.embedded.ports import LOOPBACK, choose_port, port_answers
from vms.embedded.processes import die_with_parent, kill_all, marked_processes
from vms.embedded.procfile import parse_procfile
from vms.embedded.servers import embedded_servers, keep_running, plan_servers, running
from vms.embedded.supervisor import MARK, Supervisor

NODE_NAME = "this-machine"
REPOSITORY = Path(__file__).resolve().parents[2]


def caller_environment() -> dict[str, str]:
    return {**read_dotenv(REPOSITORY / ".env"), **os.environ}


@contextmanager
def sole_instance(data: Path) -> Iterator[None]:
    """Holds the data folder's lock, which the kernel lets go of however we end."""
    path = data / "run.lock"
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunningError(
                f"VMS is already running from {data} (process {lock.read().strip() or 'unknown'}). "
                "Stop that one first, or set VMS_DATA_DIR to another folder."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def prepare(environment: Mapping[str, str]) -> None:
    """Migrations, first data, static files: in one process, since starting Django takes seconds."""
    command = [sys.executable, str(REPOSITORY / "manage.py"), "prepare_instance"]
    done = subprocess.run(  # noqa: S603 - our own program
        command, env=environment, cwd=REPOSITORY, check=False, preexec_fn=die_with_parent(signal.SIGKILL)
    )
    if done.returncode:
        raise StartError("The database could not be prepared; the reason stands above.")


def process_environment(given: Mapping[str, str], variables: Mapping[str, str], port: int) -> dict[str, str]:
    address = f"http://{LOOPBACK}:{port}"
    programs = Path(sys.executable).parent
    return {
        "VMS_BASE_URL": address,
        "VMS_INTERNAL_URL": address,
        "VMS_NODE_NAME": NODE_NAME,
        "VMS_LOG_JSON": "false",  # a person reads along
        **given,
        **variables,
        "VMS_PORT": str(port),
        "PATH": f"{programs}{os.pathsep}{given.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }


def announce_when_ready(port: int, base_url: str, started_at: float) -> Callable[[], None]:
    said = False

    def look() -> None:
        nonlocal said
        if not said and port_answers(port):
            said = True
            seconds = time.monotonic() - started_at
            sys.stdout.write(f"\n  VMS is ready after {seconds:.1f} s: {base_url}   (Ctrl-C stops it)\n\n")
            sys.stdout.flush()

    return look


def data_folder(given: Mapping[str, str]) -> Path:
    return make_data_folder(Path(given.get("VMS_DATA_DIR") or REPOSITORY / "var"), server_account())


def manage(arguments: Sequence[str]) -> int:
    """One `manage.py` command against this machine's instance, which may be running or not; its exit code."""
    given = caller_environment()
    data = data_folder(given)
    try:
        own = embedded_servers(data, given=given, durable=True)
        with sole_instance(data), on_stop_signal(leave), own as variables:
            return _manage(given, variables, arguments)
    except AlreadyRunningError:
        variables, _ = plan_servers(data, given=given, durable=True)
        return _manage(given, variables, arguments)


def _manage(given: Mapping[str, str], variables: Mapping[str, str], arguments: Sequence[str]) -> int:
    command = [sys.executable, str(REPOSITORY / "manage.py"), *arguments]
    return subprocess.run(command, env={**given, **variables}, check=False).returncode  # noqa: S603 - our own program


def run() -> None:
    """Returns when the user stopped it and everything is down."""
    started_at = time.monotonic()
    given = caller_environment()
    data = data_folder(given)
    with sole_instance(data), on_stop_signal(leave):
        kill_all(marked_processes(MARK, str(data)))  # of a run that was killed
        port = choose_port(given.get("VMS_PORT", ""))
        variables, servers = plan_servers(data, given=given, durable=True)
        with running(servers):
            environment = {**process_environment(given, variables, port), MARK: str(data)}
            prepare(environment)
            announce = announce_when_ready(port, environment["VMS_BASE_URL"], started_at)
            keep = keep_running(servers)

            def each_turn() -> None:
                announce()
                keep()

            Supervisor(
                parse_procfile((REPOSITORY / "Procfile").read_text("utf-8"), environment),
                environment=environment,
                folder=REPOSITORY,
                mark=str(data),
                each_turn=each_turn,
            ).run()
