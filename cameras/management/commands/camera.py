"""``manage.py camera probe|import|discover``: what the pages for adding cameras do, on a terminal."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cameras.addresses import address_with_login
from cameras.models import Camera
from cameras.services.discovery import DeviceLogin, device_streams, devices_find
from cameras.services.importing import ImportChoices, Outcome, cameras_import
from cameras.services.probing import address_probe, camera_probe
from vms.accounts.models import User
from vms.errors import DomainError
from workers.runtime.contract import ProbeAnswer

SEEN_BY_OTHERS = (
    "The password stands in the list of processes and in the shell's history. Better: leave it out and add --login, "
    "or write - and give the address on standard input."
)


class Command(BaseCommand):
    help = "Look at a camera, import a list of cameras, or find cameras by ONVIF."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as", dest="person", help="the admin who does it; without: the first one")
        actions = parser.add_subparsers(dest="action", required=True)
        probe = actions.add_parser("probe", help="look at a camera for a few seconds")
        probe.add_argument("camera", help="an address, a camera's number, or - for an address on standard input")
        probe.add_argument("--login", metavar="USER", help="log in as USER; the password is asked for")
        probe.add_argument("--json", action="store_true")
        bring = actions.add_parser("import", help="judge a list of cameras (CSV); write it with --apply")
        bring.add_argument("file", type=Path)
        bring.add_argument("--apply", action="store_true", help="write it, where every line is good")
        bring.add_argument("--good-lines", action="store_true", help="leave wrong lines out")
        bring.add_argument("--skip-existing", action="store_true", help="change no camera that is there")
        discover = actions.add_parser("discover", help="find cameras by ONVIF (needs requirements/onvif.txt)")
        discover.add_argument("--host", help="name the streams of this device")
        discover.add_argument("--port", type=int, default=80)
        discover.add_argument("--login", metavar="USER", help="log in as USER; the password is asked for")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        actions = {"probe": self._probe, "import": self._import, "discover": self._discover}
        try:
            actions[options["action"]](self._admin(options["person"]), options)
        except DomainError as error:
            raise CommandError(error.message) from None

    def _admin(self, name: str | None) -> User:
        admins = User.objects.filter(role="admin", is_active=True).order_by("id")
        admin = (admins.filter(username=name) if name else admins).first()
        if admin is None:
            raise CommandError("There is no such admin.")
        return admin

    def _probe(self, admin: User, options: dict[str, Any]) -> None:
        answer = self._answer(admin, options)
        if options["json"]:
            self.stdout.write(answer.model_dump_json(indent=2))
        else:
            self.stdout.write("\n".join(lines_of(answer)))
        if not answer.ok:
            sys.exit(1)

    def _answer(self, admin: User, options: dict[str, Any]) -> ProbeAnswer:
        given: str = options["camera"]
        if given.isdigit():
            camera = Camera.objects.filter(id=int(given)).first()
            if camera is None:
                raise CommandError("There is no such camera.")
            return camera_probe(user=admin, camera=camera)
        if "@" in given:
            self.stderr.write(SEEN_BY_OTHERS)
        url = sys.stdin.readline().strip() if given == "-" else given
        return address_probe(user=admin, url=address_with_login(url, *login_of(options)))

    def _import(self, admin: User, options: dict[str, Any]) -> None:
        choices = ImportChoices(not options["skip_existing"], options["good_lines"], not options["apply"])
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from None
        report = cameras_import(user=admin, data=data, choices=choices)
        for line in report.lines:
            if line.outcome is Outcome.WRONG:
                self.stdout.write(f"Line {line.line} ({line.name}): {' '.join(line.problems)}")
            for warning in line.warnings:
                self.stdout.write(f"Line {line.line} ({line.name}): {warning}")
        counts = report.counts
        self.stdout.write(
            f"{counts['create']} new, {counts['update']} changed, {counts['skip']} left as they are, "
            f"{counts['wrong']} wrong. " + ("Imported." if report.applied else "Nothing was written.")
        )
        if counts["wrong"]:
            sys.exit(1)

    def _discover(self, admin: User, options: dict[str, Any]) -> None:
        if options["host"]:
            device = DeviceLogin(options["host"], options["port"], *login_of(options))
            for stream in device_streams(user=admin, device=device):
                self.stdout.write(f"{stream.width}x{stream.height}  {stream.codec}  {stream.url}  {stream.name}")
            return
        devices = devices_find(user=admin)
        for found in devices:
            self.stdout.write(f"{found.host}:{found.port}  {found.name}  {found.model}")
        if not devices:
            self.stdout.write("No camera in the allowed networks has answered.")


def login_of(options: dict[str, Any]) -> tuple[str, str]:
    user = options["login"] or ""
    return user, getpass.getpass(f"Password of {user}: ") if user else ""


def lines_of(answer: ProbeAnswer) -> list[str]:
    """The answer for people; without the picture."""
    lines = [answer.sentence]
    facts = answer.facts
    if facts is not None:
        rows = {
            "picture": f"{facts.width} x {facts.height}, {facts.codec}",
            "rate": f"{facts.measured_fps or '?'} measured, {facts.declared_fps or '?'} declared",
            "keyframes": f"every {facts.keyframe_seconds} s" if facts.keyframe_seconds else "fewer than two",
            "data": f"{facts.kilobits_per_second} kbit/s by {facts.transport}",
            "sound": facts.audio_codec or "none",
            "opened in": f"{facts.open_seconds} s",
        }
        lines += [f"  {name:<10} {value}" for name, value in rows.items()]
    return lines + [f"! {warning}" for warning in answer.warnings]
