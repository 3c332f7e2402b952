"""Where a one-machine instance keeps its files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from vms.embedded.accounts import ServerAccount

SYSTEM_FOLDER = Path("/var/lib")
SOCKET_PATH_MAX_BYTES = 100  # the kernel's limit is 108 on Linux, 104 on macOS
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"


@dataclass(frozen=True)
class InstanceFolders:
    """``data`` is ours, ``servers`` and ``sockets`` belong to the servers' account."""

    data: Path
    servers: Path
    sockets: Path

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def credentials(self) -> Path:
        return self.data / "credentials.json"


def _short_name(folder: Path) -> str:
    return "vms-" + hashlib.sha256(str(folder).encode()).hexdigest()[:12]


def _socket_folder(servers: Path, account: ServerAccount) -> Path:
    """Beside the servers' files, unless that path is too long, or holds the comma PostgreSQL's clients split at."""
    folder = servers / "sockets"
    if len(bytes(folder / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_MAX_BYTES and "," not in str(folder):
        return folder
    return Path("/tmp") / f"{_short_name(servers)}-{account.user_id}"  # noqa: S108 - made 0700, its owner is checked


def make_data_folder(data: Path, account: ServerAccount) -> Path:
    """As root, other accounts may pass through it (to the servers' own folders) but not list it."""
    data = data.expanduser().resolve()
    if not data.exists():
        data.mkdir(parents=True)
        data.chmod(0o711 if account.switch else 0o700)
    return data


def prepare_folders(data: Path, account: ServerAccount) -> InstanceFolders:
    """Makes the folders; the servers' files stand in /var/lib when their account cannot enter the data folder."""
    data = make_data_folder(data, account)
    servers = data / "servers"
    if not account.can_reach(data):
        servers = SYSTEM_FOLDER / _short_name(data)
    account.make_private_folder(servers)
    sockets = account.make_private_folder(_socket_folder(servers, account))
    folders = InstanceFolders(data=data, servers=servers, sockets=sockets)
    folders.logs.mkdir(mode=0o700, exist_ok=True)
    return folders
