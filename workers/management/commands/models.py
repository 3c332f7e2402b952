"""``manage.py models``: installs and lists the weights of the detector and of further models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workers.runtime.model_export import pull_model
from workers.runtime.models import ModelEntry, ModelError, ModelTask, read_manifest

TASKS = {"detector": ModelTask.DETECT, "pose": ModelTask.POSE, "ppe": ModelTask.PPE}


class Command(BaseCommand):
    help = "Install weights (pull) or show the installed ones (list)."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        pull = commands.add_parser("pull", help="install the official YOLO11n or its pose model, or what --from names")
        pull.add_argument(
            "model", nargs="?", choices=tuple(TASKS), default="detector", help="ppe has no official source: use --from"
        )
        pull.add_argument(
            "--from", dest="source", type=Path, help="a folder with an OpenVINO model, or an .onnx or .pt file"
        )
        commands.add_parser("list", help="show what is installed")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        try:
            if options["command"] == "pull":
                self._pull(options["source"], TASKS[options["model"]])
            self._list()
        except ModelError as error:
            raise CommandError(str(error)) from error

    def _pull(self, source: Path | None, task: ModelTask) -> None:
        pull_model(settings.MODELS_DIR, source, project=Path(settings.BASE_DIR), task=task)

    def _list(self) -> None:
        models = read_manifest(settings.MODELS_DIR).models
        if not any(entry.task is ModelTask.DETECT for entry in models):
            self.stdout.write(f"No detector is installed in {settings.MODELS_DIR}; motion detection is used.")
        for entry in models:
            self.stdout.write(_line(entry))


def _line(entry: ModelEntry) -> str:
    height, width = entry.input_size
    finds = f"{entry.keypoints} key points" if entry.keypoints else f"{len(entry.classes)} classes"
    return f"{entry.name}: {entry.task}, {entry.kind}, {width} x {height}, {finds}, from {entry.source}"
