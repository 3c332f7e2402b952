"""A private PostgreSQL that listens on nothing but a Unix socket in a folder that only its account may enter."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from vms.embedded.accounts import ServerAccount
from vms.embedded.errors import StartError
from vms.embedded.folders import InstanceFolders
from vms.embedded.processes import end_leftover
from vms.embedded.server import SERVER_ENVIRONMENT, Server

MAJOR = 18
ADMINISTRATOR = "postgres"
APPLICATION = "vms"
SETTINGS = {"listen_addresses": "", "timezone": "UTC", "log_timezone": "UTC", "max_connections": "200"}
# A test database that dies with its machine needs no flush to disk.
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresServer(Server):
    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": rolls back what is open, then a checkpoint
    abort_signal = signal.SIGQUIT  # the next start recovers from the log

    def __init__(self, programs: Path, folders: InstanceFolders, account: ServerAccount, *, durable: bool) -> None:
        super().__init__(folders.servers / f"postgres-{MAJOR}", folders.logs, account)
        self.programs = programs
        self.sockets = folders.sockets
        self.durable = durable

    @property
    def url(self) -> str:
        return f"postgresql://{APPLICATION}@/{APPLICATION}?host={quote(str(self.sockets), safe='')}"

    def prepare(self) -> None:
        if not self.folder.exists():
            self._create_cluster()
        signals = (self.stop_signal, self.abort_signal, signal.SIGKILL)
        end_leftover(self.folder / "postmaster.pid", argument=str(self.folder), signals=signals)

    def _create_cluster(self) -> None:
        """Beside its place first: a start that is killed half-way leaves no half-made cluster."""
        scratch = self.folder.with_name(self.folder.name + ".new")
        if scratch.exists():
            shutil.rmtree(scratch)
        command = [str(self.programs / "initdb"), f"--pgdata={scratch}", f"--username={ADMINISTRATOR}"]
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--auth=trust", "--no-instructions", *([] if self.durable else ["--no-sync"])]
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder.parent,
            env=SERVER_ENVIRONMENT,
            **self.account.options(),
        )
        if done.returncode:
            raise StartError(f"PostgreSQL could not make its files in {self.folder}: {done.stderr.strip()}")
        scratch.rename(self.folder)

    def command(self) -> list[str]:
        # The setting is a comma-separated list; quotes keep commas and spaces of the path.
        sockets = '"' + str(self.sockets).replace('"', '""') + '"'
        settings = {**SETTINGS, "unix_socket_directories": sockets, **({} if self.durable else THROWAWAY_SETTINGS)}
        command = [str(self.programs / "postgres"), "-D", str(self.folder)]
        return command + [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.sockets), user=ADMINISTRATOR, dbname=ADMINISTRATOR, autocommit=True, connect_timeout=5
        )

    def answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def wait_until_ready(self) -> None:
        super().wait_until_ready()
        name = sql.Identifier(APPLICATION)
        with self._connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(name))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [APPLICATION]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
