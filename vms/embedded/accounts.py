"""The operating system's account that the servers run under: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from vms.embedded.errors import StartError

UNPRIVILEGED = "nobody"


class AccountOptions(TypedDict, total=False):
    """The part of Popen's arguments that changes the account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerAccount:
    """``switch`` is true when we are root and the servers run as someone else."""

    user_id: int
    group_id: int
    switch: bool

    def options(self) -> AccountOptions:
        if not self.switch:
            return {}
        return {"user": self.user_id, "group": self.group_id, "extra_groups": []}

    def can_reach(self, path: Path) -> bool:
        """Whether the account may enter this folder or run this file; asked of the kernel, so that ACLs count."""
        command = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
        done = subprocess.run(command, cwd="/", check=False, **self.options())  # noqa: S603 - fixed program
        return done.returncode == 0

    def make_private_folder(self, folder: Path) -> Path:
        """A folder that only the account (and root) may enter."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.switch and folder.lstat().st_uid == os.geteuid():
            os.chown(folder, self.user_id, self.group_id, follow_symlinks=False)
        found = folder.lstat()
        if found.st_uid != self.user_id or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
            raise StartError(f"{folder} is open to other users. Remove it, or set VMS_DATA_DIR to another folder.")
        return folder


def server_account() -> ServerAccount:
    if os.geteuid() != 0:
        return ServerAccount(os.geteuid(), os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise StartError("The user 'nobody' is missing. Run as a normal user instead of root.") from None
    return ServerAccount(entry.pw_uid, entry.pw_gid, switch=True)
