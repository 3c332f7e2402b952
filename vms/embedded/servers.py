"""Starts the embedded servers that the environment does not replace, and says where they are."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from vms.embedded.accounts import server_account
from vms.embedded.binaries import server_programs
from vms.embedded.credentials import load_or_create
from vms.embedded.errors import StartError
from vms.embedded.folders import prepare_folders
from vms.embedded.interrupts import ignore, on_stop_signal
from vms.embedded.postgres import PostgresServer
from vms.embedded.server import Server
from vms.embedded.valkey import ValkeyServer

STOP_SECONDS = 1.5
REVIVAL_SECONDS = 2.0  # between two attempts: a server that cannot start must not be started all the time


@contextmanager
def running(servers: list[Server]) -> Iterator[None]:
    """Starts them side by side; at the end stops them side by side."""
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait_until_ready()
        yield
    finally:
        with on_stop_signal(ignore):
            for server in servers:
                server.request_stop()
            for server in servers:
                server.wait_stopped(STOP_SECONDS)


def keep_running(servers: list[Server]) -> Callable[[], None]:
    """What to call again and again: starts a server that has ended once more. Nobody waits for it to answer."""
    next_at = 0.0

    def look() -> None:
        nonlocal next_at
        if time.monotonic() < next_at:
            return
        for server in servers:
            if server.has_ended():
                next_at = time.monotonic() + REVIVAL_SECONDS
                sys.stdout.write(f"{server.name} ended unexpectedly and starts again; its log is {server.log}\n")
                try:
                    server.start()
                except (StartError, OSError) as error:
                    sys.stdout.write(f"{server.name} cannot be started: {error}\n")

    return look


@contextmanager
def embedded_servers(data: Path, *, given: Mapping[str, str], durable: bool) -> Iterator[dict[str, str]]:
    """Runs the servers and yields the variables of ``plan_servers``."""
    variables, own = plan_servers(data, given=given, durable=durable)
    with running(own):
        yield variables


def plan_servers(data: Path, *, given: Mapping[str, str], durable: bool) -> tuple[dict[str, str], list[Server]]:
    """The variables that a process of the platform needs (addresses, data folder, keys), and the servers behind them.

    ``given`` is the caller's environment: a DATABASE_URL or REDIS_URL in it replaces that server.
    """
    account = server_account()
    folders = prepare_folders(data, account)
    credentials = load_or_create(folders.credentials)
    programs = server_programs(account)
    postgres = PostgresServer(programs.postgres_bin, folders, account, durable=durable)
    valkey = ValkeyServer(programs.valkey, folders, account, credentials, durable=durable)
    variables = {
        "VMS_DATA_DIR": str(folders.data),
        "VMS_SECRET_KEY": given.get("VMS_SECRET_KEY") or credentials.secret_key,
        "VMS_NODE_TOKEN": given.get("VMS_NODE_TOKEN") or credentials.node_token,
        "DATABASE_URL": given.get("DATABASE_URL") or postgres.url,
        **_redis_variables(given, valkey),
    }
    own: list[Server] = []
    if not given.get("DATABASE_URL"):
        own.append(postgres)
    if not given.get("REDIS_URL"):
        own.append(valkey)
    return variables, own


def _redis_variables(given: Mapping[str, str], valkey: ValkeyServer) -> dict[str, str]:
    url = given.get("REDIS_URL")
    if not url:
        return {"REDIS_URL": valkey.url, "REDIS_GPU_URL": valkey.gpu_url}
    if not given.get("REDIS_GPU_URL"):
        sys.stderr.write(
            "Warning: REDIS_GPU_URL is not set, so GPU hosts use REDIS_URL and could reach every queue. "
            "Give them a Redis user of their own (see docs/configuration.md).\n"
        )
    return {"REDIS_URL": url, "REDIS_GPU_URL": given.get("REDIS_GPU_URL") or url}
