"""Command line: `python -m vms.embedded run`, `… manage COMMAND …` and `… exec -- COMMAND …`."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from vms.embedded.errors import StartError
from vms.embedded.instance import manage, run
from vms.embedded.processes import die_with_parent
from vms.embedded.throwaway import execute


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m vms.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="action", required=True)
    whole = commands.add_parser("run", help="the whole platform on this machine, until Ctrl-C")
    whole.add_argument("--end-with-parent", action="store_true", help="stop when the calling process is gone (Linux)")
    own = commands.add_parser("manage", help="a manage.py command against the instance of `run`")
    own.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    throwaway = commands.add_parser("exec", help="one command with fresh servers that are removed afterwards")
    throwaway.add_argument("command", nargs="+", metavar="COMMAND")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        if options.action == "exec":
            return execute(options.command)
        if options.action == "manage":
            return manage(options.command)
        if options.end_with_parent:
            die_with_parent(signal.SIGTERM, parent=os.getppid())()
        run()
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
