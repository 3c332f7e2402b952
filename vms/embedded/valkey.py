"""A private Valkey on a Unix socket, with one user for the platform and one that only reaches the GPU hosts' queue."""

from __future__ import annotations

import hashlib
import signal
from pathlib import Path
from urllib.parse import quote

import redis

from vms.embedded.accounts import ServerAccount
from vms.embedded.credentials import Credentials
from vms.embedded.folders import InstanceFolders
from vms.embedded.processes import end_leftover
from vms.embedded.server import Server

USER = "vms"
GPU_USER = "vms-gpu"
# KEYS cannot be limited to a pattern, and Dramatiq's clean-up needs it. So the GPU user stays in database 0
# (it may not SELECT another), where nothing but its own queue lives; the platform uses database 1.
GPU_DATABASE = 0
DATABASE = 1
# What Dramatiq's Redis broker calls, from Python and from inside its script; nothing else.
GPU_COMMANDS = (
    *("auth", "hello", "ping", "client|setinfo", "client|setname", "eval", "evalsha", "script|load"),
    *("del", "hdel", "hexists", "hget", "hlen", "hmget", "hset", "keys", "lpop", "rpush", "sadd", "scard"),
    *("smembers", "srem", "zadd", "zrangebyscore", "zrem"),
)


def quoted(value: str | Path) -> str:
    """A value inside double quotes as Valkey's configuration reads it."""
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def password_hash(password: str) -> str:
    return "#" + hashlib.sha256(password.encode()).hexdigest()


class ValkeyServer(Server):
    name = "Valkey"
    stop_signal = signal.SIGTERM
    abort_signal = signal.SIGKILL

    def __init__(
        self,
        program: Path,
        folders: InstanceFolders,
        account: ServerAccount,
        credentials: Credentials,
        *,
        durable: bool,
    ) -> None:
        super().__init__(folders.servers / "valkey", folders.logs, account)
        self.program = program
        self.credentials = credentials
        self.durable = durable
        self.socket = folders.sockets / "valkey.sock"
        self.pid_file = self.folder / "valkey.pid"

    def _url(self, user: str, password: str, database: int) -> str:
        return f"unix://{user}:{quote(password, safe='')}@{quote(str(self.socket))}?db={database}"

    @property
    def url(self) -> str:
        return self._url(USER, self.credentials.valkey_password, DATABASE)

    @property
    def gpu_url(self) -> str:
        return self._url(GPU_USER, self.credentials.valkey_gpu_password, GPU_DATABASE)

    def prepare(self) -> None:
        self.account.make_private_folder(self.folder)
        end_leftover(self.pid_file, argument=str(self.folder), signals=(self.stop_signal, self.abort_signal))

    def standard_input(self) -> bytes:
        """The configuration; it holds password hashes, so it goes neither to a file nor to the command line."""
        gpu_commands = " ".join(f"+{command}" for command in GPU_COMMANDS)
        lines = [
            "port 0",
            f"unixsocket {quoted(self.socket)}",
            "unixsocketperm 700",
            f"pidfile {quoted(self.pid_file)}",
            "set-proc-title no",  # keeps the command line, by which a leftover is recognised
            "daemonize no",
            "databases 16",
            "maxmemory-policy noeviction",
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            "user default reset off",
            f"user {USER} reset on {password_hash(self.credentials.valkey_password)} ~* &* +@all",
            f"user {GPU_USER} reset on {password_hash(self.credentials.valkey_gpu_password)}"
            f" ~vms-gpu* resetchannels &vms-gpu* -@all {gpu_commands}",
        ]
        return "\n".join(lines).encode() + b"\n"

    def command(self) -> list[str]:
        return [str(self.program), "-", "--dir", str(self.folder)]

    def answers(self) -> bool:
        client = redis.Redis.from_url(self.url, socket_timeout=5)
        try:
            return bool(client.ping())
        except redis.RedisError:  # also while it still loads its file
            return False
        finally:
            client.close()
