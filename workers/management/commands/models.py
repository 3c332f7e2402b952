"""``manage.py models``: installs and lists the weights of the detectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workers.runtime.model_export import pull_model
from workers.runtime.models import ModelEntry, ModelError, read_manifest


class Command(BaseCommand):
    help = "Install detector weights (pull) or show the installed ones (list)."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        pull = commands.add_parser("pull", help="install the official YOLO11n, or what --from names")
        pull.add_argument("--from", dest="source", type=Path, help="a folder with an OpenVINO model, or a .pt file")
        commands.add_parser("list", help="show what is installed")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        try:
            if options["command"] == "pull":
                self._pull(options["source"])
            self._list()
        except ModelError as error:
            raise CommandError(str(error)) from error

    def _pull(self, source: Path | None) -> None:
        pull_model(settings.MODELS_DIR, source, project=Path(settings.BASE_DIR))

    def _list(self) -> None:
        models = read_manifest(settings.MODELS_DIR).models
        if not models:
            self.stdout.write(f"No model is installed in {settings.MODELS_DIR}; motion detection is used.")
        for entry in models:
            self.stdout.write(_line(entry))


def _line(entry: ModelEntry) -> str:
    height, width = entry.input_size
    return f"{entry.name}: {entry.kind}, {width} x {height}, {len(entry.classes)} classes, from {entry.source}"
