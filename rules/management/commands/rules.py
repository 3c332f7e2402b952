"""``manage.py rules``: rules as files in a folder, checked, applied and exported; and tried on past days."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rules.backtests.command import arguments_add, backtest_lines
from rules.doubts import camera_names
from rules.exporting import folder_export
from rules.folders import FileFault, RuleFolder, folder_read
from rules.services.folders import Applying, FolderError, Step, folder_apply
from vms.accounts.models import User
from vms.errors import DomainError


class Command(BaseCommand):
    help = "Check, apply or export rules as YAML files, or try one on what was tracked in the past."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        check = actions.add_parser("check", help="print every fault as file:line:field; needs no database")
        apply = actions.add_parser("apply", help="make the rules as the files say: all of them, or none")
        apply.add_argument("--dry-run", action="store_true", help="only show what would change")
        apply.add_argument("--prune", action="store_true", help="also remove rules that the files do not hold")
        apply.add_argument("--as", dest="person", help="the admin who does it; without: the first one")
        apply.add_argument("--note", default="", help="why; kept with every new version")
        export = actions.add_parser("export", help="write all rules to files that apply reads back")
        for action in (check, apply, export):
            action.add_argument("path", type=Path)
        arguments_add(actions.add_parser("backtest", help="what a rule, or a file with one, would have found"))

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        actions = {"check": self._check, "apply": self._apply, "export": self._export, "backtest": self._backtest}
        try:
            actions[options["action"]](options)
        except FolderError as error:
            self._refuse(error.faults)
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from None

    def _check(self, options: dict[str, Any]) -> None:
        folder = folder_read(options["path"])
        if folder.faults:
            self._refuse(folder.faults)
        self._warn(folder)
        self.stdout.write(f"{len(folder.rules)} rules, no fault.")

    def _apply(self, options: dict[str, Any]) -> None:
        path: Path = options["path"]
        applying = Applying(
            note=options["note"] or f"Applied from {path.name or path.resolve().name}.",
            prune=options["prune"],
            dry=options["dry_run"],
        )
        user = admin_named(options["person"])
        folder = folder_read(path, partial(camera_names, user))
        steps = folder_apply(user=user, folder=folder, applying=applying)
        self._warn(folder)
        for step in steps:
            self.stdout.write("\n".join(lines_of(step)))
        told = "would change; nothing was written" if applying.dry else "changed"
        self.stdout.write(f"{len(steps)} rules {told}.")

    def _export(self, options: dict[str, Any]) -> None:
        names = folder_export(options["path"])
        self.stdout.write(f"{len(names)} files written to {options['path']}.")

    def _backtest(self, options: dict[str, Any]) -> None:
        for line in backtest_lines(admin_named(options["person"]), options):
            self.stdout.write(line)

    def _warn(self, folder: RuleFolder) -> None:
        for doubt in folder.doubts:
            self.stdout.write(f"{doubt.sentence} (warning)")

    def _refuse(self, faults: list[FileFault]) -> None:
        for fault in faults:
            self.stdout.write(fault.sentence)
        self.stderr.write(f"{len(faults)} faults. Nothing was changed.")
        sys.exit(1)


def admin_named(name: str | None) -> User:
    admins = User.objects.filter(role="admin", is_active=True).order_by("id")
    admin = (admins.filter(username=name) if name else admins).first()
    if admin is None:
        raise CommandError("There is no such admin.")
    return admin


def lines_of(step: Step) -> list[str]:
    return [f"{step.rule}: {step.deed}", *(f"  {line}" for each in step.differences for line in each.splitlines())]
